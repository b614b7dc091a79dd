using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using CrmKpi.Testing;
using CrmKpi.Testing.Grpc;
using CrmKpi.V1;

namespace CrmKpi.EndToEnd.Tests.Processes;

/// <summary>
/// Sends a tenant's events chunk by chunk until each is acknowledged, again and again what is not: slowly until
/// <see cref="Hurry"/>, then as fast as they are taken.
/// </summary>
public abstract class Feed(string tenant, IReadOnlyList<SampleEvent> events, bool isSlow = true)
{
    private const int ChunkEvents = 250;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _acknowledged;

    public string Tenant => tenant;

    public IReadOnlyList<SampleEvent> Events => events;

    /// <summary>Events that were acknowledged.</summary>
    public int Acknowledged => Math.Min(events.Count, _acknowledged * ChunkEvents);

    /// <summary>Chunks that had to be sent again.</summary>
    public int Repeated { get; protected set; }

    protected SampleEvent[][] Chunks { get; } = [.. events.Chunk(ChunkEvents)];

    /// <summary>Ends the slow pace.</summary>
    public void Hurry() => _hurry.TrySetResult();

    /// <summary>Sends everything.</summary>
    public async Task Run()
    {
        while (_acknowledged < Chunks.Length)
        {
            await Send();
            if (_acknowledged < Chunks.Length)
                await Task.Delay(PauseAfterFailure);
        }
    }

    /// <summary>Sends from the first chunk that is not acknowledged on, until something fails.</summary>
    protected abstract Task Send();

    protected int Next => _acknowledged;

    protected Task Turn() => isSlow ? Task.WhenAny(Task.Delay(Pace), _hurry.Task) : Task.CompletedTask;

    /// <summary>Takes note of an acknowledgement.</summary>
    protected void Acknowledge(long chunk, long accepted, long duplicates)
    {
        Assert.Equal(_acknowledged, chunk);
        Assert.Equal(Chunks[chunk].Length, accepted + duplicates);
        _acknowledged++;
    }
}

/// <summary>By posts of NDJSON.</summary>
public sealed class NdjsonFeed(
    HttpClient client, string tenant, IReadOnlyList<SampleEvent> events, bool isSlow = true)
    : Feed(tenant, events, isSlow)
{
    protected override async Task Send()
    {
        try
        {
            for (; Next < Chunks.Length; await Turn())
            {
                using var content = new ByteArrayContent(SampleHistory.ToNdjson(Chunks[Next]));
                content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
                using var response = await client.PostAsync($"/v1/tenants/{Tenant}/events", content);
                if (response.StatusCode != HttpStatusCode.OK)
                {
                    // An outage is told as one, never as an error of the service.
                    Assert.True(
                        (int)response.StatusCode is 502 or 503 or 504, await response.Content.ReadAsStringAsync());
                    break;
                }
                var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
                Acknowledge(
                    Next, answer.GetProperty("accepted").GetInt64(), answer.GetProperty("duplicates").GetInt64());
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
        {
            // The connection broke; what was under way is sent again.
        }
        Repeated += Next < Chunks.Length ? 1 : 0;
    }
}

/// <summary>By <c>AppendStream</c>, with a window of batches that are not acknowledged.</summary>
public sealed class GrpcFeed(GrpcClient client, string tenant, IReadOnlyList<SampleEvent> events) : Feed(tenant, events)
{
    private const string Method = "/crmkpi.v1.EventIngestion/AppendStream";
    private const int WindowMax = 8;
    private const int Unavailable = 14;

    protected override async Task Send()
    {
        using var call = client.Open<AppendStreamRequest, AppendStreamResponse>(Method);
        using var window = new SemaphoreSlim(WindowMax);
        using var broken = new CancellationTokenSource();
        var sent = Next;
        var receiving = Receive();
        try
        {
            for (; sent < Chunks.Length; sent++)
            {
                await window.WaitAsync(broken.Token);
                await Task.WhenAny(Turn(), receiving);
                broken.Token.ThrowIfCancellationRequested();
                await call.Send(Batch(sent)).WaitAsync(broken.Token);
            }
            call.End();
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            // The stream is over; why tells the receiving side.
        }
        await receiving;
        Repeated += sent - Next;

        async Task Receive()
        {
            try
            {
                while (await call.Receive() is { } answer)
                {
                    Acknowledge(answer.BatchId, answer.Result.Accepted, answer.Result.Duplicates);
                    window.Release();
                }
                var status = await call.Status();
                Assert.True(status.Code is 0 or Unavailable, $"{status.Code} {status.Message}");
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // The gateway itself has gone.
            }
            finally
            {
                await broken.CancelAsync();
            }
        }
    }

    private AppendStreamRequest Batch(int chunk) => new()
    {
        Tenant = Tenant,
        BatchId = chunk,
        Events = { Chunks[chunk].Select(e => e.ToMessage("sample")) },
    };
}
