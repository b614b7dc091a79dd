using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using CrmKpi.Postgres;
using CrmKpi.Testing;
using Xunit.Abstractions;

namespace CrmKpi.EndToEnd.Tests.Kill;

/// <summary>
/// Promises 1 and 2: ingestion, projections and PostgreSQL are killed (SIGKILL) in the middle of an import, in random order. Every
/// acknowledged event must be in the log once, and the cube must equal a recomputation from the log.
/// CRMKPI_KILL_ROUNDS sets the number of kills (5 unless set), CRMKPI_KILL_SEED the order.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int ChunkEvents = 250;
    private const int ChunksPerTenant = 40;
    private static readonly string[] Tenants = ["kill-a", "kill-b"];

    [Fact]
    public async Task Kills_in_mid_import_lose_nothing_and_count_nothing_twice()
    {
        var rounds = Setting.Of("CRMKPI_KILL_ROUNDS", 5);
        var seed = Setting.Of("CRMKPI_KILL_SEED", Random.Shared.Next(1_000_000));
        output.WriteLine($"{rounds} rounds, CRMKPI_KILL_SEED={seed}");
        var random = new Random(seed);

        await using var stack = await ServiceStack.Start();
        var (server, ingestion, projections) = (stack.Postgres, stack.Ingestion, stack.Projections);
        using var client = await stack.AdminClient();
        foreach (var tenant in Tenants)
            (await client.PutAsJsonAsync($"/v1/tenants/{tenant}", new { name = tenant })).EnsureSuccessStatusCode();

        using var finished = new CancellationTokenSource();
        var feeders = Tenants.Select((tenant, i) => Feed(client, tenant, seed + i, finished.Token)).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            await Task.Delay(random.Next(200, 900));
            var victim = random.Next(3);
            output.WriteLine($"round {round}: kill {new[] { "ingestion", "projections", "PostgreSQL" }[victim]}");
            switch (victim)
            {
                case 0:
                    await ingestion.Kill();
                    await ingestion.Start();
                    break;
                case 1:
                    await projections.Kill();
                    await projections.Start();
                    break;
                default:
                    await server.Kill();
                    await server.Restart();
                    break;
            }
            Assert.All(feeders, feeder => Assert.False(feeder.IsFaulted, $"{feeder.Exception}\n{ingestion.Output}"));
        }
        await finished.CancelAsync();
        var retries = await Task.WhenAll(feeders);
        output.WriteLine($"every event acknowledged; {retries.Sum()} requests had to be repeated");

        // A pool of its own: connections from before the kills are dead.
        await using var database = new Database(server.ConnectionString);
        for (var i = 0; i < Tenants.Length; i++)
        {
            await UntilAnswered(client, $"/v1/tenants/{Tenants[i]}/kpis?kpi=leads_created");
            await UntilAnswered(client, $"/v1/tenants/{Tenants[i]}/projection");
            await Ledger.AssertLogHoldsEachEventOnce(database, Tenants[i], Expected(seed + i));
            output.WriteLine(await Ledger.AssertCubeEqualsLog(client, database, Tenants[i]));
        }
    }

    /// <summary>A service may say once more "not just now" when it finds its connections dead.</summary>
    private static async Task UntilAnswered(HttpClient client, string url)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            using var response = await client.GetAsync(url, stop.Token);
            if (response.IsSuccessStatusCode)
                return;
            Assert.True((int)response.StatusCode is 502 or 503, await response.Content.ReadAsStringAsync(stop.Token));
            await Task.Delay(100, stop.Token);
        }
    }

    /// <summary>Posts all chunks, repeating each until it is acknowledged, and goes on (with duplicates) until told to stop.</summary>
    private static async Task<int> Feed(HttpClient client, string tenant, int seed, CancellationToken finished)
    {
        var chunks = Expected(seed).Chunk(ChunkEvents).Select(chunk => SampleHistory.ToNdjson(chunk)).ToArray();
        var retries = 0;
        for (var i = 0; i < chunks.Length || !finished.IsCancellationRequested; i++)
        {
            while (!await Post(client, tenant, chunks[i % chunks.Length]))
            {
                retries++;
                await Task.Delay(100, CancellationToken.None);
            }
        }
        return retries;
    }

    private static async Task<bool> Post(HttpClient client, string tenant, byte[] ndjson)
    {
        try
        {
            using var content = new ByteArrayContent(ndjson);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
            using var response = await client.PostAsync($"/v1/tenants/{tenant}/events", content);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
                Assert.Equal(ChunkEvents,
                    answer.GetProperty("accepted").GetInt64() + answer.GetProperty("duplicates").GetInt64());
                return true;
            }
            var status = (int)response.StatusCode;
            Assert.True(status is 502 or 503 or 504 or 500 or 429,
                $"unexpected {status}: {await response.Content.ReadAsStringAsync()}");
            Assert.True(status != 500, $"an outage must not be a 500: {await response.Content.ReadAsStringAsync()}");
            return false;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
        {
            return false;
        }
    }

    private static IReadOnlyList<SampleEvent> Expected(int seed) =>
        SampleHistory.Events(ChunkEvents * ChunksPerTenant, seed);
}
