using System.Diagnostics;
using System.Text;
using CrmKpi.Postgres.Embedded;
using CrmKpi.Testing;

namespace CrmKpi.Benchmarks;

/// <summary>
/// Fairness: tenant B asks for KPIs and sends single events while tenant A imports NDJSON at full speed, against the same while A does
/// nothing, in turns. Each service is a process of its own; client, services and PostgreSQL share the machine. The goal is a
/// ratio of 2 at most.
/// </summary>
public static class FairnessBenchmark
{
    private const int Rounds = 3;
    private const int SecondsPerRound = 8;
    private const int Imports = 2;
    private const int EventsPerImport = 20_000;
    private const int EventsOfB = 20_000;
    private const int PauseMilliseconds = 5;
    private const string Kpis = "leads_created,lead_conversion,win_rate,average_deal_size,revenue,deals_won,sales_cycle,response_time";

    private static readonly string A = ProcessStage.Newcomer;
    private static readonly string B = ProcessStage.Inhabitant;

    /// <param name="server">A durable server.</param>
    public static async Task<BenchmarkRow[]> Run(EmbeddedServer server, CancellationToken ct = default)
    {
        await using var stage = await ProcessStage.Start(server, EventsOfB, ct: ct);
        var import = new ImportBody(SampleHistory.Events(EventsPerImport, seed: 7));
        await Measure(stage, seconds: 3, ct);
        List<Figures> idle = [], busy = [];
        List<double> imported = [];
        for (var round = 0; round < Rounds; round++)
        {
            idle.Add(await Measure(stage, SecondsPerRound, ct));
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var clock = Stopwatch.StartNew();
            var importing = Enumerable.Range(0, Imports).Select(_ => Task.Run(() => Import(stage, import, stop.Token), ct)).ToArray();
            busy.Add(await Measure(stage, SecondsPerRound, ct));
            await stop.CancelAsync();
            imported.Add((await Task.WhenAll(importing)).Sum() / clock.Elapsed.TotalSeconds);
            await stage.UntilProjected(A, ct);
        }
        return
        [
            BenchmarkRow.OfMedians("tenant A imports NDJSON meanwhile", "events/s", imported, "-", []),
            Row("tenant B's KPI query while A imports, p50", busy, idle, f => f.Queries.P50),
            Row("the same, p99", busy, idle, f => f.Queries.P99),
            Row("tenant B's single event while A imports, p50", busy, idle, f => f.Appends.P50),
            Row("the same, p99", busy, idle, f => f.Appends.P99),
        ];
    }

    private static BenchmarkRow Row(string name, List<Figures> busy, List<Figures> idle, Func<Figures, double> figure) =>
        BenchmarkRow.OfMedians(name, "ms", [.. busy.Select(figure)], "the same while A does nothing", [.. idle.Select(figure)]);

    /// <summary>B as its users are: one who asks, one who sends, each with a short pause between.</summary>
    private static async Task<Figures> Measure(ProcessStage stage, int seconds, CancellationToken ct)
    {
        var until = Stopwatch.GetTimestamp() + seconds * Stopwatch.Frequency;
        var queries = Task.Run(() => Repeat(until, async () =>
        {
            using var answer = await stage.Client.GetAsync($"/v1/tenants/{B}/kpis?kpi={Kpis}&from=2024-03-01&to=2024-06-01&compare=previous", ct);
            await stage.Expect(answer, ct);
        }, ct), ct);
        var appends = Task.Run(() => Repeat(until, async () =>
        {
            using var answer = await stage.Send(B, "application/cloudevents+json", stage.NextEvent(), ct);
            await stage.Expect(answer, ct);
        }, ct), ct);
        return new Figures(await queries, await appends);
    }

    private static async Task<Latencies> Repeat(long until, Func<Task> work, CancellationToken ct)
    {
        var all = new List<double>(10_000);
        while (Stopwatch.GetTimestamp() < until)
        {
            var start = Stopwatch.GetTimestamp();
            await work();
            all.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await Task.Delay(PauseMilliseconds, ct);
        }
        all.Sort();
        return new Latencies(all[all.Count / 2], all[(int)(all.Count * 0.99)]);
    }

    /// <summary>Imports until stopped; the last import is finished.</summary>
    private static async Task<long> Import(ProcessStage stage, ImportBody import, CancellationToken stop)
    {
        var events = 0L;
        while (!stop.IsCancellationRequested)
        {
            using var answer = await stage.Send(A, "application/x-ndjson", import.Next(), CancellationToken.None);
            await stage.Expect(answer, CancellationToken.None);
            events += EventsPerImport;
        }
        return events;
    }

    private sealed record Latencies(double P50, double P99);

    private sealed record Figures(Latencies Queries, Latencies Appends);

    /// <summary>The same events again and again, each time from another source, so that none is a duplicate.</summary>
    private sealed class ImportBody
    {
        private const string Source = "import-000000";
        private const int Digits = 6;

        private readonly byte[] _template;
        private readonly List<int> _numbers = [];
        private int _next;

        public ImportBody(IReadOnlyList<SampleEvent> events)
        {
            _template = SampleHistory.ToNdjson(events, Source);
            var mark = Encoding.ASCII.GetBytes($"\"source\":\"{Source}\"");
            for (var at = 0; _template.AsSpan(at).IndexOf(mark) is >= 0 and var found; at += found + mark.Length)
                _numbers.Add(at + found + mark.Length - 1 - Digits);
        }

        public byte[] Next()
        {
            var number = Encoding.ASCII.GetBytes($"{Interlocked.Increment(ref _next):D6}");
            var body = _template.AsSpan().ToArray();
            foreach (var at in _numbers)
                number.CopyTo(body, at);
            return body;
        }
    }
}
