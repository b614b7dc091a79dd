using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using CrmKpi.Gateway;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Embedded;
using CrmKpi.Projections;
using CrmKpi.Query;
using CrmKpi.Testing;
using CrmKpi.Testing.Grpc;
using CrmKpi.V1;

namespace CrmKpi.Benchmarks;

/// <summary>Projections, query and gateway on a database with one tenant's history, and a server that answers a constant.</summary>
public sealed class QueryStage : IAsyncDisposable
{
    private const int Connections = 16;
    private const int SecondsPerRound = 4;

    private readonly Stack<IAsyncDisposable> _running = new();
    private string _key = "";
    private ConstantServer _constant = null!;
    private RunningService _query = null!;
    private HttpClient _http = null!;
    private GrpcClient _grpc = null!;
    private long _sequence;
    private int _asked;

    private QueryStage(BenchmarkDatabase database) => Database = database;

    /// <summary>The path of the tenant.</summary>
    public string Tenant { get; } = $"/v1/tenants/{BenchmarkDatabase.Tenant(0)}";

    /// <summary>With the history in its log.</summary>
    public BenchmarkDatabase Database { get; }

    /// <param name="server">A durable server.</param>
    /// <param name="events">The tenant's history.</param>
    public static async Task<QueryStage> Start(EmbeddedServer server, IEnumerable<SampleEvent> events, CancellationToken ct)
    {
        var database = await BenchmarkDatabase.Create(server, tenants: 1, ct);
        var stage = new QueryStage(database);
        stage._running.Push(database);
        (_, stage._key) = await new KeyStore(database.Database).Create(
            "bench", TenantStore.DefaultAgency, Scopes.Query, null, null, ct);
        await using (var log = new EventLog.EventLog(database.Database))
            foreach (var chunk in events.Chunk(5_000))
                stage._sequence = (await log.Append(BenchmarkDatabase.Tenant(0), [.. chunk.Select(Services.ToNewEvent)], null, ct)).Sequence;
        stage._running.Push(await Services.Start(ProjectionsHost.Build, database));
        var query = stage._query = await Services.Start(QueryHost.Build, database);
        stage._running.Push(query);
        stage._running.Push(stage._constant = await ConstantServer.Start());
        var gateway = await Services.Start(GatewayHost.Build, null, ("Gateway:Query", query.Url),
            ("Gateway:Ingestion", query.Url), ("Gateway:Projections", stage._constant.Url), ("Gateway:QueryHttp2", query.Http2Url));
        stage._running.Push(gateway);
        stage._http = stage.ClientOf(gateway);
        stage._grpc = new GrpcClient(new Uri(gateway.Http2Url), stage._key);
        return stage;
    }

    /// <summary>A client of a service with a key.</summary>
    public HttpClient ClientOf(RunningService service) => new(new SocketsHttpHandler { MaxConnectionsPerServer = Connections })
    {
        BaseAddress = new Uri(service.Url),
        DefaultRequestHeaders = { { "X-Api-Key", _key } },
    };

    /// <summary>Waits until an answer reflects the whole history; minSequence itself waits for a bounded time only.</summary>
    public async Task UntilProjected(string url, CancellationToken ct)
    {
        while (true)
        {
            using var response = await _http.GetAsync($"{url}&minSequence={_sequence}", ct);
            if (response.IsSuccessStatusCode)
                break;
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
                throw new InvalidOperationException(await response.Content.ReadAsStringAsync(ct));
        }
    }

    /// <summary>Measures an answer and a constant one of the same size, in turns.</summary>
    /// <param name="url">The question of each number.</param>
    public async Task<(List<(double Rate, double P99)> Answers, List<(double Rate, double P99)> References)> Compare(
        Func<int, string> url, int rounds, CancellationToken ct)
    {
        _constant.Body = await _http.GetByteArrayAsync(url(0), ct);
        return await InTurns(
            () => Get(url(Interlocked.Increment(ref _asked)), ct), () => Get($"{Tenant}/projection", ct), rounds, ct);
    }

    /// <summary>Measures an answer through the gateway and from the service itself, in turns.</summary>
    public async Task<(List<(double Rate, double P99)> Gateway, List<(double Rate, double P99)> Direct)> CompareWithDirect(
        string url, int rounds, CancellationToken ct)
    {
        using var direct = ClientOf(_query);
        return await InTurns(() => Get(url, ct), () => Get(direct, url, HttpStatusCode.OK, null, ct), rounds, ct);
    }

    /// <summary>Measures who asks again for what it has (304) and who asks for the whole, in turns.</summary>
    public async Task<(List<(double Rate, double P99)> Unchanged, List<(double Rate, double P99)> Whole)> CompareUnchanged(
        string url, int rounds, CancellationToken ct)
    {
        using var first = await _http.GetAsync(url, ct);
        var tag = first.Headers.ETag!;
        return await InTurns(
            () => Get(_http, url, HttpStatusCode.NotModified, tag, ct), () => Get(url, ct), rounds, ct);
    }

    /// <summary>Measures the same question over gRPC and over REST, in turns.</summary>
    public async Task<(List<(double Rate, double P99)> Grpc, List<(double Rate, double P99)> Http)> CompareWithRest(
        KpiQuestion question, string url, int rounds, CancellationToken ct)
    {
        var request = new GetKpisRequest { Tenant = BenchmarkDatabase.Tenant(0), Question = question };
        return await InTurns(
            async () => _ = (await _grpc.Call<GetKpisResponse>("/crmkpi.v1.KpiQuery/GetKpis", request, ct: ct)).Ok,
            () => Get(url, ct), rounds, ct);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _grpc.Dispose();
        while (_running.TryPop(out var running))
            await running.DisposeAsync();
    }

    private Task Get(string url, CancellationToken ct) => Get(_http, url, HttpStatusCode.OK, null, ct);

    private static async Task Get(
        HttpClient http, string url, HttpStatusCode status, EntityTagHeaderValue? known, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (known is not null)
            request.Headers.IfNoneMatch.Add(known);
        using var response = await http.SendAsync(request, ct);
        if (response.StatusCode != status)
            throw new InvalidOperationException($"{url} answered {(int)response.StatusCode}.");
        await response.Content.CopyToAsync(Stream.Null, ct);
    }

    private static async Task<(List<(double Rate, double P99)> One, List<(double Rate, double P99)> Other)> InTurns(
        Func<Task> one, Func<Task> other, int rounds, CancellationToken ct)
    {
        List<(double Rate, double P99)> ones = [], others = [];
        for (var round = 0; round < rounds; round++)
        {
            ones.Add(await Measure(one, ct));
            others.Add(await Measure(other, ct));
        }
        return (ones, others);
    }

    private static async Task<(double Rate, double P99)> Measure(Func<Task> ask, CancellationToken ct)
    {
        var until = Stopwatch.GetTimestamp() + SecondsPerRound * Stopwatch.Frequency;
        var clock = Stopwatch.StartNew();
        var latencies = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            var own = new List<double>(50_000);
            while (Stopwatch.GetTimestamp() < until)
            {
                var start = Stopwatch.GetTimestamp();
                await ask();
                own.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            return own;
        }, ct)));
        var all = latencies.SelectMany(l => l).Order().ToArray();
        return (all.Length / clock.Elapsed.TotalSeconds, all[(int)(all.Length * 0.99)]);
    }
}
