using CrmKpi.Postgres.Embedded;
using CrmKpi.Testing;
using CrmKpi.Testing.Grpc;
using CrmKpi.V1;
using Ingest = CrmKpi.Benchmarks.IngestBenchmark;

namespace CrmKpi.Benchmarks;

/// <summary>
/// gRPC through the gateway beside REST through the same gateway: appends of one event by 64 callers, streams of batches, and a KPI answer
/// that is asked again. Client, gateway, services and PostgreSQL share the machine.
/// </summary>
public static class GrpcBenchmark
{
    private const string Append = "/crmkpi.v1.EventIngestion/Append";
    private const string AppendStream = "/crmkpi.v1.EventIngestion/AppendStream";
    private const int BatchEvents = 500;
    private const int WindowMax = 8;
    private const int KpiEvents = 100_000;

    /// <param name="server">A durable server.</param>
    public static async Task<BenchmarkRow[]> Run(EmbeddedServer server, int rounds = 3, CancellationToken ct = default) =>
        [.. await Appends(server, rounds, ct), .. await Answers(server, rounds, ct)];

    private static async Task<BenchmarkRow[]> Appends(EmbeddedServer server, int rounds, CancellationToken ct)
    {
        var histories = Enumerable.Range(0, Ingest.Tenants)
            .Select(tenant => SampleHistory.Events(Ingest.EventsPerTenant, seed: tenant + 1)).ToArray();
        var bodies = histories.Select(history => SampleHistory.ToNdjson(history)).ToArray();
        List<double> streams = [], lines = [], calls = [], posts = [], callP99 = [], postP99 = [];
        for (var round = 0; round < rounds; round++)
        {
            // The other first in every second round; a database of its own for each, so that nothing is a duplicate.
            foreach (var isGrpc in round % 2 == 0 ? (bool[])[true, false] : [false, true])
            {
                await using var door = await Door.Open(server, Ingest.Tenants, ct);
                (isGrpc ? streams : lines).Add(isGrpc ? await Stream(door, histories, ct) : await Ingest.Stream(door, bodies, ct));
                var one = isGrpc ? await Call(door, histories[0], ct) : await Ingest.Post(door, histories[0], ct);
                (isGrpc ? calls : posts).Add(one.Rate);
                (isGrpc ? callP99 : postP99).Add(one.P99);
            }
        }
        return
        [
            BenchmarkRow.OfMedians($"gRPC AppendStream, {Ingest.Connections} streams, batches of {BatchEvents}", "events/s", streams,
                "NDJSON, as many connections", lines),
            BenchmarkRow.OfMedians($"gRPC Append of one event, {Ingest.Callers} callers", "calls/s", calls,
                "REST posts of one event, as many callers", posts),
            BenchmarkRow.OfMedians("the same, p99", "ms", callP99, "REST, p99", postP99),
        ];
    }

    private static async Task<BenchmarkRow[]> Answers(EmbeddedServer server, int rounds, CancellationToken ct)
    {
        await using var stage = await QueryStage.Start(server, SampleHistory.Events(KpiEvents, seed: 1), ct);
        var url = $"{stage.Tenant}/kpis?kpi={QueryBenchmark.Kpis}&from=2025-03-01&to=2025-05-30&compare=previous";
        await stage.UntilProjected(url, ct);
        var question = new KpiQuestion
        {
            From = "2025-03-01",
            To = "2025-05-30",
            Compare = new Comparison { Kind = Comparison.Types.Kind.Previous },
        };
        question.Kpis.Add(QueryBenchmark.Kpis.Split(','));
        var (grpc, rest) = await stage.CompareWithRest(question, url, rounds, ct);
        return
        [
            BenchmarkRow.OfMedians("gRPC GetKpis, 12 KPIs, 90 days, previous period, warm", "answers/s", [.. grpc.Select(g => g.Rate)],
                "the same over REST", [.. rest.Select(r => r.Rate)]),
            BenchmarkRow.OfMedians("the same, p99", "ms", [.. grpc.Select(g => g.P99)], "REST, p99", [.. rest.Select(r => r.P99)]),
        ];
    }

    private static Task<(double Rate, double P50, double P99)> Call(
        Door door, IReadOnlyList<SampleEvent> history, CancellationToken ct)
    {
        // The source is another one, so that nothing is a duplicate.
        var events = history.Take(Ingest.Callers * Ingest.PostsPerCaller).Select(e => e.ToMessage("single")).ToArray();
        return Calls.Measure(events.Length, Ingest.Callers, async (caller, i) =>
        {
            var request = new AppendRequest { Tenant = BenchmarkDatabase.Tenant(caller % Ingest.Tenants), Events = { events[i] } };
            Require((await door.Grpc.Call<AppendResponse>(Append, request, ct: ct)).Ok.Accepted, 1);
        }, ct);
    }

    private static Task<double> Stream(Door door, IReadOnlyList<SampleEvent>[] histories, CancellationToken ct)
    {
        var batches = histories.Select((history, tenant) => history.Select(e => e.ToMessage("sample")).Chunk(BatchEvents)
            .Select((events, i) => new AppendStreamRequest
            {
                Tenant = BenchmarkDatabase.Tenant(tenant),
                BatchId = i,
                Events = { events },
            }).ToArray()).ToArray();
        return BenchmarkDatabase.EventsPerSecond(
            Ingest.Tenants, Ingest.EventsPerTenant, Ingest.Connections, tenant => Stream(door, batches[tenant], ct), ct);
    }

    private static async Task Stream(Door door, AppendStreamRequest[] batches, CancellationToken ct)
    {
        using var call = door.Grpc.Open<AppendStreamRequest, AppendStreamResponse>(AppendStream);
        using var window = new SemaphoreSlim(WindowMax);
        var acknowledged = Task.Run(async () =>
        {
            var accepted = 0L;
            while (await call.Receive(ct) is { } next)
            {
                accepted += next.Result.Accepted;
                window.Release();
            }
            return accepted;
        }, ct);
        foreach (var batch in batches)
        {
            await window.WaitAsync(ct);
            await call.Send(batch);
        }
        call.End();
        Require(await acknowledged, Ingest.EventsPerTenant);
    }

    private static void Require(long accepted, long events)
    {
        if (accepted != events)
            throw new InvalidOperationException($"{accepted} events were accepted of {events}.");
    }
}
