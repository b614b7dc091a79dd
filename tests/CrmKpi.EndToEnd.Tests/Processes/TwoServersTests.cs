using System.Net.Http.Json;
using System.Text.Json;
using CrmKpi.Postgres;
using CrmKpi.Testing;
using CrmKpi.Testing.Grpc;
using Xunit.Abstractions;

namespace CrmKpi.EndToEnd.Tests.Processes;

/// <summary>
/// Tenants over two PostgreSQL servers, with processes of their own: some are moved, each way, while events come for all by NDJSON
/// and by gRPC and KPIs are asked all the time, and a process that moves them is killed.
/// CRMKPI_MOVED_EVENTS sets the number of events (60 000 unless set).
/// </summary>
[Collection(ProcessesCollection.Name)]
public sealed class TwoServersTests(ITestOutputHelper output)
{
    private const string Second = "second";
    private const int Tenants = 4;

    private static readonly TimeSpan MoveMax = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Tenants_go_from_one_server_to_the_other_while_events_keep_coming()
    {
        await using var second = await PostgresFixture.StartOwn();
        await using var processes = await ProcessScript.Up(new Dictionary<string, string>
        {
            ["Postgres__Databases__0__Name"] = Second,
            ["Postgres__Databases__0__ConnectionString"] = second.Server.ConnectionString,
        });
        using var client = processes.Client();
        using var grpc = new GrpcClient(processes.Grpc, processes.Key);
        var perTenant = Setting.Of("CRMKPI_MOVED_EVENTS", 60_000) / Tenants;
        Feed[] feeds = [.. Enumerable.Range(0, Tenants).Select(FeedOf)];
        foreach (var feed in feeds)
        {
            using var set = await client.PutAsJsonAsync($"/v1/tenants/{feed.Tenant}", new { name = feed.Tenant });
            set.EnsureSuccessStatusCode();
        }
        // 1. Spread: half of them on each server.
        await Task.WhenAll(Move(2, Second), Move(3, Second));
        await Task.WhenAll(Cleared(2), Cleared(3));

        var answers = new AnswerLog(client, [.. feeds.Select(f => f.Tenant)]);
        using var stop = new CancellationTokenSource();
        var asking = answers.Run(stop.Token);
        var feeding = feeds.Select(feed => feed.Run()).ToArray();
        await Until(() => Task.FromResult(feeds.All(feed => feed.Acknowledged > 1_000)));

        // 2. One moves each way while events keep coming, and whoever moves them dies.
        var began = answers.Now;
        var moving = Task.WhenAll(Move(0, Second), Move(2, Database.MainName));
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        await processes.Run("kill", "projections-1");
        await processes.Run("start", "projections-1");
        await moving;
        var moved = answers.Now;
        foreach (var feed in feeds)
            feed.Hurry();
        await Task.WhenAll(feeding);
        await Task.WhenAll(Cleared(0), Cleared(2));

        // 3. And another one there and back, at full speed.
        await Move(1, Second);
        await Cleared(1);
        await Move(1, Database.MainName);
        await Cleared(1);
        var to = answers.Now;
        await stop.CancelAsync();
        await asking;
        output.WriteLine($"{feeds.Sum(f => f.Acknowledged)} events acknowledged, {feeds.Sum(f => f.Repeated)} chunks sent again; "
            + $"two tenants moved within {(moved - began).TotalSeconds:N1} s under events; {answers.All.Count} questions, "
            + $"longest gap of answers {answers.LongestGap(began, to).TotalSeconds:N1} s");
        Assert.Empty(answers.Failures(TimeSpan.Zero, to).Select(f => f.Failure));

        // 4. Acknowledged = stored = counted, each where it lives and nowhere else.
        await using var main = new Database(processes.ConnectionString);
        await using var other = new Database(second.Server.ConnectionString);
        foreach (var (feed, home, left) in (IEnumerable<(Feed, Database, Database)>)
            [(feeds[0], other, main), (feeds[1], main, other), (feeds[2], main, other), (feeds[3], other, main)])
        {
            Assert.Equal(perTenant, feed.Acknowledged);
            await Ledger.AssertLogHoldsEachEventOnce(home, feed.Tenant, feed.Events);
            output.WriteLine(await Ledger.AssertCubeEqualsLog(client, home, feed.Tenant));
            await Ledger.AssertLogHoldsEachEventOnce(left, feed.Tenant, []);
        }

        Feed FeedOf(int i)
        {
            var (tenant, events) = ($"moved-{i}", SampleHistory.Events(perTenant, seed: i + 1));
            return i % 2 == 0 ? new NdjsonFeed(client, tenant, events) : new GrpcFeed(grpc, tenant, events);
        }

        async Task Move(int i, string target)
        {
            using var response = await client.PostAsJsonAsync($"/v1/tenants/{feeds[i].Tenant}/move", new { database = target });
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
            await Until(async () => await StateOf(i) is "clearing" or "done");
        }

        Task Cleared(int i) => Until(async () => await StateOf(i) == "done");

        async Task<string?> StateOf(int i)
        {
            using var response = await client.GetAsync($"/v1/tenants/{feeds[i].Tenant}/move");
            // While the instance that is asked dies, another one answers the next time.
            if ((int)response.StatusCode is 502 or 503)
                return null;
            var move = await response.Content.ReadFromJsonAsync<JsonElement>();
            Assert.True(
                move.TryGetProperty("state", out var state) && state.GetString() is not ("failed" or "aborting"), $"{move}");
            return state.GetString();
        }
    }

    private static async Task Until(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(MoveMax);
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(200), limit.Token);
    }
}
