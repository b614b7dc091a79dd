using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Embedded;
using CrmKpi.Testing;

namespace CrmKpi.Benchmarks;

/// <summary>All services in processes of their own; one of two tenants has a history, which is projected.</summary>
internal sealed class ProcessStage : IAsyncDisposable
{
    /// <summary>The tenant without a history.</summary>
    public static readonly string Newcomer = BenchmarkDatabase.Tenant(0);

    /// <summary>The tenant with one.</summary>
    public static readonly string Inhabitant = BenchmarkDatabase.Tenant(1);

    private readonly Stack<IAsyncDisposable> _running = new();
    private IReadOnlyDictionary<string, string>? _environment;
    private int _event;

    public HttpClient Client { get; } = new(new SocketsHttpHandler { MaxConnectionsPerServer = 16 }) { Timeout = TimeSpan.FromMinutes(5) };

    public static async Task<ProcessStage> Start(
        EmbeddedServer server, int events, IReadOnlyDictionary<string, string>? environment = null, CancellationToken ct = default)
    {
        var stage = new ProcessStage { _environment = environment };
        var database = await BenchmarkDatabase.Create(server, tenants: 2, ct);
        stage._running.Push(database);
        var (_, key) = await new KeyStore(database.Database).Create(
            "bench", TenantStore.DefaultAgency, Scopes.Ingest | Scopes.Query, null, null, ct);
        (string, string)[] settings = [("Postgres:ConnectionString", database.ConnectionString)];
        var ingestion = await stage.Process("CrmKpi.Ingestion", settings);
        var projections = await stage.Process("CrmKpi.Projections", settings);
        var query = await stage.Process("CrmKpi.Query", settings);
        var gateway = await stage.Process("CrmKpi.Gateway",
            ("Gateway:Ingestion", ingestion), ("Gateway:Query", query), ("Gateway:Projections", projections));
        stage.Client.BaseAddress = new Uri(gateway);
        stage.Client.DefaultRequestHeaders.Add("X-Api-Key", key);
        using var answer = await stage.Send(
            Inhabitant, "application/x-ndjson", SampleHistory.ToNdjson(SampleHistory.Events(events, seed: 3)), ct);
        await stage.Expect(answer, ct);
        await stage.UntilProjected(Inhabitant, ct);
        return stage;
    }

    /// <summary>A single event that was never sent.</summary>
    public byte[] NextEvent()
    {
        var number = Interlocked.Increment(ref _event);
        return Encoding.UTF8.GetBytes(new SampleEvent(
            $"single-{number}", "lead.created", $"lead/s{number}", new DateTimeOffset(2024, 4, 1, 9, 0, 0, TimeSpan.Zero),
            """{"source":"ads","region":"north","manager":"manager-1"}""").ToCloudEvent("single"));
    }

    public async Task<HttpResponseMessage> Send(string tenant, string mediaType, byte[] body, CancellationToken ct)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return await Client.PostAsync($"/v1/tenants/{tenant}/events", content, ct);
    }

    public async Task Expect(HttpResponseMessage answer, CancellationToken ct)
    {
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new InvalidOperationException(
                $"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(ct)}");
        await answer.Content.CopyToAsync(Stream.Null, ct);
    }

    public async Task UntilProjected(string tenant, CancellationToken ct)
    {
        while (true)
        {
            using var answer = await Client.GetAsync($"/v1/tenants/{tenant}/kpis?kpi=leads_created", ct);
            if (answer.IsSuccessStatusCode)
            {
                using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(ct));
                if (json.RootElement.GetProperty("lag").GetInt64() == 0)
                    return;
            }
            await Task.Delay(100, ct);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        while (_running.TryPop(out var running))
            await running.DisposeAsync();
    }

    private async Task<string> Process(string name, params (string, string)[] settings)
    {
        var process = await ServiceProcess.Start(name, _environment, settings);
        _running.Push(process);
        return process.Url;
    }
}
