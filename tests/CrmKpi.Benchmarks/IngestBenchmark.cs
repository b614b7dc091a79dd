using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using CrmKpi.Postgres.Embedded;
using CrmKpi.Testing;

namespace CrmKpi.Benchmarks;

/// <summary>
/// Goal 2: NDJSON over HTTP through the gateway, acknowledged after the commit, against appends of the same events in process;
/// and posts of one event by 64 callers against as many callers in process. Client, gateway, ingestion and PostgreSQL share the machine.
/// </summary>
public static class IngestBenchmark
{
    internal const int Tenants = 10;
    internal const int EventsPerTenant = 20_000;
    private const int EventsPerBatch = 2_000;
    internal const int Connections = 2;
    internal const int Callers = 64;
    internal const int PostsPerCaller = 300;

    /// <param name="server">A durable server.</param>
    public static async Task<BenchmarkRow[]> Run(EmbeddedServer server, int rounds = 3, CancellationToken ct = default)
    {
        var histories = Enumerable.Range(0, Tenants)
            .Select(tenant => SampleHistory.Events(EventsPerTenant, seed: tenant + 1)).ToArray();
        var bodies = histories.Select(history => SampleHistory.ToNdjson(history)).ToArray();
        List<double> streamed = [], appended = [], posts = [], ones = [], p50 = [], p99 = [];
        for (var round = 0; round < rounds; round++)
        {
            appended.Add(await Append(server, histories, ct));
            ones.Add(await AppendOnes(server, histories[0], ct));
            await using var door = await Door.Open(server, Tenants, ct);
            streamed.Add(await Stream(door, bodies, ct));
            var latencies = await Post(door, histories[0], ct);
            posts.Add(latencies.Rate);
            p50.Add(latencies.P50);
            p99.Add(latencies.P99);
        }
        return
        [
            BenchmarkRow.OfMedians($"NDJSON through the gateway, {Connections} connections", "events/s", streamed,
                "append in process, same events", appended),
            BenchmarkRow.OfMedians($"single-event posts, {Callers} callers", "posts/s", posts,
                "append in process, same events and callers", ones),
            BenchmarkRow.OfMedians("the same, p50", "ms", p50, "-", []),
            BenchmarkRow.OfMedians("the same, p99", "ms", p99, "-", []),
        ];
    }

    private static async Task<double> Append(
        EmbeddedServer server, IReadOnlyList<SampleEvent>[] histories, CancellationToken ct)
    {
        await using var database = await BenchmarkDatabase.Create(server, Tenants, ct);
        await using var log = new EventLog.EventLog(database.Database);
        var batches = histories.Select(h => h.Select(Services.ToNewEvent).Chunk(EventsPerBatch).ToArray()).ToArray();
        return await Time(async tenant =>
        {
            foreach (var batch in batches[tenant])
                await log.Append(BenchmarkDatabase.Tenant(tenant), batch, ct: ct);
        }, ct);
    }

    private static async Task<double> AppendOnes(EmbeddedServer server, IReadOnlyList<SampleEvent> history, CancellationToken ct)
    {
        await using var database = await BenchmarkDatabase.Create(server, Tenants, ct);
        await using var log = new EventLog.EventLog(database.Database);
        var events = history.Take(Callers * PostsPerCaller).Select(Services.ToNewEvent).ToArray();
        var latencies = await Calls.Measure(
            events.Length, Callers, (caller, i) => log.Append(BenchmarkDatabase.Tenant(caller % Tenants), [events[i]], ct: ct), ct);
        return latencies.Rate;
    }

    internal static Task<double> Stream(Door door, byte[][] bodies, CancellationToken ct) => Time(async tenant =>
    {
        using var content = new ByteArrayContent(bodies[tenant]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        await Accepted(door, tenant, content, EventsPerTenant, ct);
    }, ct);

    internal static Task<(double Rate, double P50, double P99)> Post(
        Door door, IReadOnlyList<SampleEvent> history, CancellationToken ct)
    {
        // The source is another one, so that nothing is a duplicate.
        var bodies = history.Take(Callers * PostsPerCaller)
            .Select(e => Encoding.UTF8.GetBytes(e.ToCloudEvent("single"))).ToArray();
        return Calls.Measure(bodies.Length, Callers, async (caller, i) =>
        {
            using var content = new ByteArrayContent(bodies[i]);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents+json");
            await Accepted(door, caller % Tenants, content, 1, ct);
        }, ct);
    }

    private static async Task Accepted(Door door, int tenant, HttpContent content, int events, CancellationToken ct)
    {
        using var response = await door.Client.PostAsync($"/v1/tenants/{BenchmarkDatabase.Tenant(tenant)}/events", content, ct);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(ct);
        if (!answer.TryGetProperty("accepted", out var accepted) || accepted.GetInt32() != events)
            throw new InvalidOperationException($"{(int)response.StatusCode}: {answer}");
    }

    private static Task<double> Time(Func<int, Task> work, CancellationToken ct) =>
        BenchmarkDatabase.EventsPerSecond(Tenants, EventsPerTenant, Connections, work, ct);
}
