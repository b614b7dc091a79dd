using System.Diagnostics;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Postgres.Embedded;
using CrmKpi.Query;
using CrmKpi.Testing;

namespace CrmKpi.Benchmarks;

/// <summary>
/// Goal 5: a KPI answer (12 KPIs, 90 days, previous period) through the gateway, warm, 16 connections; and a report of 50 KPIs
/// by month and manager, kept and computed anew each time; what the gateway costs, and what a refresh without change. The
/// reference is a constant answer of the same size behind the same gateway, if nothing else is named, measured in turns in the
/// same run.
/// </summary>
public static class QueryBenchmark
{
    private const int Rounds = 3;
    private const int Events = 100_000;
    private const int ReportEvents = 200_000;
    private const int ReportKpis = 50;

    internal const string Kpis = "leads_created,lead_conversion,lead_to_deal_conversion,win_rate,average_deal_size,revenue,"
        + "deals_won,deals_lost,deals_created,sales_cycle,response_time,pipeline_value";

    /// <param name="server">A durable server.</param>
    public static async Task<BenchmarkRow[]> Run(EmbeddedServer server, CancellationToken ct = default) =>
        [.. await Answers(server, ct), .. await Reports(server, ct)];

    private static async Task<BenchmarkRow[]> Answers(EmbeddedServer server, CancellationToken ct)
    {
        await using var stage = await QueryStage.Start(server, SampleHistory.Events(Events, seed: 1), ct);
        var kpis = $"{stage.Tenant}/kpis?kpi={Kpis}&from=2025-03-01&to=2025-05-30&compare=previous";
        await stage.UntilProjected(kpis, ct);
        var cold = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            // A service that has just started holds no cube.
            await using var fresh = await Services.Start(QueryHost.Build, stage.Database);
            using var client = stage.ClientOf(fresh);
            var start = Stopwatch.GetTimestamp();
            await client.GetByteArrayAsync(kpis, ct);
            cold.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        var (answers, references) = await stage.Compare(_ => kpis, Rounds, ct);
        var (through, direct) = await stage.CompareWithDirect(kpis, Rounds, ct);
        var (unchanged, whole) = await stage.CompareUnchanged(kpis, Rounds, ct);
        return
        [
            BenchmarkRow.OfMedians("12 KPIs, 90 days, previous period, through the gateway, warm", "answers/s",
                [.. answers.Select(a => a.Rate)], "constant answer of the same size", [.. references.Select(r => r.Rate)]),
            BenchmarkRow.OfMedians("the same, p99", "ms", [.. answers.Select(a => a.P99)], "constant answer, p99",
                [.. references.Select(r => r.P99)]),
            BenchmarkRow.OfMedians("the same, first answer of a service just started", "ms", cold, "-", []),
            BenchmarkRow.OfMedians("the same, through the gateway", "answers/s", [.. through.Select(a => a.Rate)],
                "from the service itself", [.. direct.Select(a => a.Rate)]),
            BenchmarkRow.OfMedians("the same, p99", "ms", [.. through.Select(a => a.P99)], "from the service itself, p99",
                [.. direct.Select(a => a.P99)]),
            BenchmarkRow.OfMedians("asked again by who has it (304), through the gateway", "answers/s",
                [.. unchanged.Select(a => a.Rate)], "the whole answer", [.. whole.Select(a => a.Rate)]),
            BenchmarkRow.OfMedians("the same, p99", "ms", [.. unchanged.Select(a => a.P99)], "the whole answer, p99",
                [.. whole.Select(a => a.P99)]),
        ];
    }

    private static async Task<BenchmarkRow[]> Reports(EmbeddedServer server, CancellationToken ct)
    {
        await using var stage = await QueryStage.Start(server, GeneratedTenant.Make(seed: 1, ReportEvents).Events, ct);
        var ids = Catalogue.All.Where(k => (k.Dimensions & Dimensions.Manager) != 0).SelectMany(Catalogue.IdsOf)
            .Where(id => !id.EndsWith("{n}", StringComparison.Ordinal)).Take(ReportKpis).ToList();
        var report = $"{stage.Tenant}/kpis?kpi={string.Join(',', ids)}&from=2023-01-01&to=2025-01-01&grain=month&groupBy=manager";
        await stage.UntilProjected(report, ct);
        var (kept, keptReferences) = await stage.Compare(_ => report, Rounds, ct);
        // Another limit is another question with the same work behind it.
        var (computed, references) = await stage.Compare(n => $"{report}&limit={30 + n % 970}", Rounds, ct);
        return
        [
            BenchmarkRow.OfMedians($"{ids.Count} KPIs, 24 months, by manager, asked again", "answers/s", [.. kept.Select(a => a.Rate)],
                "constant answer of the same size", [.. keptReferences.Select(r => r.Rate)]),
            BenchmarkRow.OfMedians("the same, computed each time", "answers/s", [.. computed.Select(a => a.Rate)],
                "constant answer of the same size", [.. references.Select(r => r.Rate)]),
            BenchmarkRow.OfMedians("the same, computed each time, p99", "ms", [.. computed.Select(a => a.P99)],
                "constant answer, p99", [.. references.Select(r => r.P99)]),
        ];
    }
}
