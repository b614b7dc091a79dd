using System.Diagnostics;
using System.Net;
using CrmKpi.Gateway;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Embedded;
using CrmKpi.Projections;
using CrmKpi.Query;
using CrmKpi.Testing;

namespace CrmKpi.Benchmarks;

/// <summary>
/// Goal 5: a KPI answer (12 KPIs, 90 days, previous period) through the gateway, warm, 16 connections; the reference is a
/// constant answer of the same size behind the same gateway, measured in turns in the same run.
/// </summary>
public static class QueryBenchmark
{
    private const int Connections = 16;
    private const int Rounds = 3;
    private const int SecondsPerRound = 4;

    private const string Kpis = "leads_created,lead_conversion,lead_to_deal_conversion,win_rate,average_deal_size,revenue,"
        + "deals_won,deals_lost,deals_created,sales_cycle,response_time,pipeline_value";

    private const int Events = 100_000;

    /// <param name="server">A durable server.</param>
    public static async Task<BenchmarkRow[]> Run(EmbeddedServer server, CancellationToken ct = default)
    {
        await using var database = await BenchmarkDatabase.Create(server, tenants: 1, ct);
        var tenant = BenchmarkDatabase.Tenant(0);
        var (_, key) = await new KeyStore(database.Database).Create(
            "bench", TenantStore.DefaultAgency, Scopes.Query, null, null, ct);
        await Load(database.Database, tenant, ct);

        await using var projections = await Services.Start(ProjectionsHost.Build, database);
        await using var query = await Services.Start(QueryHost.Build, database);
        await using var constant = await ConstantServer.Start();
        await using var gateway = await Services.Start(GatewayHost.Build, null,
            ("Gateway:Query", query.Url), ("Gateway:Ingestion", query.Url), ("Gateway:Projections", constant.Url));

        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections })
        {
            BaseAddress = new Uri(gateway.Url),
            DefaultRequestHeaders = { { "X-Api-Key", key } },
        };
        var kpis = $"/v1/tenants/{tenant}/kpis?kpi={Kpis}&from=2025-03-01&to=2025-05-30&compare=previous";
        await UntilProjected(http, kpis, ct);
        var cold = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            // A service that has just started holds no cube.
            await using var fresh = await Services.Start(QueryHost.Build, database);
            using var direct = new HttpClient { BaseAddress = new Uri(fresh.Url), DefaultRequestHeaders = { { "X-Api-Key", key } } };
            var clock = Stopwatch.StartNew();
            constant.Body = await direct.GetByteArrayAsync(kpis, ct);
            cold.Add(clock.Elapsed.TotalMilliseconds);
        }

        List<(double Rate, double P99)> answers = [], references = [];
        for (var round = 0; round < Rounds; round++)
        {
            answers.Add(await Measure(http, kpis, ct));
            references.Add(await Measure(http, $"/v1/tenants/{tenant}/projection", ct));
        }
        double[] rates = [.. answers.Select(a => a.Rate)], p99s = [.. answers.Select(a => a.P99)];
        return
        [
            BenchmarkRow.OfMedians("12 KPIs, 90 days, previous period, through the gateway, warm", "answers/s", rates,
                "constant answer of the same size", [.. references.Select(r => r.Rate)]),
            BenchmarkRow.OfMedians("the same, p99", "ms", p99s, "constant answer, p99",
                [.. references.Select(r => r.P99)]),
            BenchmarkRow.OfMedians("the same, first answer of a service just started", "ms", cold, "-", []),
        ];
    }

    /// <summary>minSequence waits for a bounded time only.</summary>
    private static async Task UntilProjected(HttpClient http, string kpis, CancellationToken ct)
    {
        while (true)
        {
            using var response = await http.GetAsync($"{kpis}&minSequence={Events}", ct);
            if (response.IsSuccessStatusCode)
                return;
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
                throw new InvalidOperationException(await response.Content.ReadAsStringAsync(ct));
        }
    }

    private static async Task Load(Database database, string tenant, CancellationToken ct)
    {
        await using var log = new EventLog.EventLog(database);
        foreach (var chunk in SampleHistory.Events(Events, seed: 1).Chunk(5_000))
            await log.Append(tenant, [.. chunk.Select(Services.ToNewEvent)], null, ct);
    }

    private static async Task<(double Rate, double P99)> Measure(HttpClient http, string url, CancellationToken ct)
    {
        var until = Stopwatch.GetTimestamp() + SecondsPerRound * Stopwatch.Frequency;
        var clock = Stopwatch.StartNew();
        var latencies = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            var own = new List<double>(50_000);
            while (Stopwatch.GetTimestamp() < until)
            {
                var start = Stopwatch.GetTimestamp();
                using var response = await http.GetAsync(url, ct);
                if (response.StatusCode != HttpStatusCode.OK)
                    throw new InvalidOperationException($"{url} answered {(int)response.StatusCode}.");
                await response.Content.CopyToAsync(Stream.Null, ct);
                own.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            return own;
        }, ct)));
        var all = latencies.SelectMany(l => l).Order().ToArray();
        return (all.Length / clock.Elapsed.TotalSeconds, all[(int)(all.Length * 0.99)]);
    }
}
