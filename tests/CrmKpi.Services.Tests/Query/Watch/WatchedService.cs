using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;

namespace CrmKpi.Services.Tests.Query.Watch;

/// <summary>A query service that takes few watchers and gives many signs of life.</summary>
public sealed class WatchedService : QueryService
{
    public const int WatchersMax = 9;
    public const int TenantWatchersMax = 6;

    protected override void Configure(WebApplicationBuilder builder)
    {
        builder.Configuration["Watch:IntervalMilliseconds"] = "50";
        builder.Configuration["Watch:HeartbeatSeconds"] = "0.3";
        builder.Configuration["Watch:WatchersMax"] = $"{WatchersMax}";
        builder.Configuration["Watch:TenantWatchersMax"] = $"{TenantWatchersMax}";
    }
}

/// <summary>One server-sent event.</summary>
internal sealed record ServerEvent(string? Id, string? Type, string? Data, bool IsComment)
{
    public JsonElement Json => JsonDocument.Parse(Data!).RootElement;

    /// <summary>The value of the first KPI.</summary>
    public decimal Value =>
        Json.GetProperty("kpis")[0].GetProperty("series")[0].GetProperty("points")[0].GetProperty("value").GetDecimal();
}

/// <summary>A client of server-sent events, as the HTML standard describes one.</summary>
internal sealed class EventStream : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly HttpClient _client;
    private StreamReader? _reader;

    private EventStream(HttpClient client, HttpResponseMessage answer) => (_client, Answer) = (client, answer);

    public HttpResponseMessage Answer { get; }

    public static async Task<EventStream> Open(Uri address, string path, string key, string? lastEventId = null)
    {
        var client = new HttpClient { BaseAddress = address, Timeout = Patience };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (lastEventId is not null)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        return new EventStream(client, await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead));
    }

    /// <summary>The next event, comments included; null at the end.</summary>
    public async Task<ServerEvent?> NextOrComment()
    {
        _reader ??= new StreamReader(await Answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync());
        var read = new ServerEvent(null, null, null, false);
        using var patience = new CancellationTokenSource(Patience);
        while (await _reader.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.Length == 0 && read is { Data: null, IsComment: false })
                continue; // The end of 'retry', which is no event.
            if (line.Length == 0)
                return read;
            read = line switch
            {
                _ when line.StartsWith(':') => read with { IsComment = true },
                _ when line.StartsWith("id: ", StringComparison.Ordinal) => read with { Id = line[4..] },
                _ when line.StartsWith("event: ", StringComparison.Ordinal) => read with { Type = line[7..] },
                _ when line.StartsWith("data: ", StringComparison.Ordinal) => read with { Data = line[6..] },
                "retry: 2000" => read,
                _ => throw new InvalidDataException(line),
            };
        }
        return null;
    }

    /// <summary>The next event; null at the end.</summary>
    public async Task<ServerEvent?> Next()
    {
        ServerEvent? read;
        do
            read = await NextOrComment();
        while (read is { IsComment: true });
        return read;
    }

    public void Dispose()
    {
        Answer.Dispose();
        _client.Dispose();
    }
}
