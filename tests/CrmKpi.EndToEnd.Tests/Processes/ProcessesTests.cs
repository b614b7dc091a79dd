using System.Net.Http.Json;
using CrmKpi.Postgres;
using CrmKpi.Testing;
using CrmKpi.Testing.Grpc;
using Xunit.Abstractions;

namespace CrmKpi.EndToEnd.Tests.Processes;

/// <summary>
/// The whole of it as processes of their own, as docs/operations.md starts them: while events come by NDJSON and by
/// gRPC and KPIs are asked all the time, each process is killed or restarted, one after the other.
/// CRMKPI_PROCESSES_EVENTS sets the number of events (200 000 unless set).
/// </summary>
[Collection(ProcessesCollection.Name)]
public sealed class ProcessesTests(ITestOutputHelper output)
{
    private const int Tenants = 6;

    /// <summary>
    /// Questions may fail while the gateway or PostgreSQL restarts, and for so long after: docs/operations.md.
    /// </summary>
    private static readonly TimeSpan AfterRestartMax = TimeSpan.FromSeconds(15);

    /// <summary>An answer is never later than this, however busy the machine is.</summary>
    private static readonly TimeSpan GapMax = TimeSpan.FromSeconds(30);

    private sealed record Step(string Name, bool MayFail, params string[] Commands);

    private static readonly Step[] Steps =
    [
        new("SIGKILL query-1", false, "kill query-1", "start query-1"),
        new("restart query-2", false, "restart query-2"),
        new("SIGKILL ingestion-1", false, "kill ingestion-1", "start ingestion-1"),
        new("restart ingestion-2", false, "restart ingestion-2"),
        new("SIGKILL projections-1", false, "kill projections-1", "start projections-1"),
        new("restart projections-2", false, "restart projections-2"),
        new("restart gateway", true, "restart gateway"),
        new("SIGKILL gateway", true, "kill gateway", "start gateway"),
        new("restart postgres", true, "restart postgres"),
        new("SIGKILL postgres", true, "kill postgres", "start postgres"),
    ];

    [Fact]
    public async Task Each_process_may_go_and_nothing_is_lost_counted_twice_or_left_unanswered()
    {
        var perTenant = Setting.Of("CRMKPI_PROCESSES_EVENTS", 200_000) / Tenants + 1;
        await using var processes = await ProcessScript.Up();
        using var client = processes.Client();
        using var grpc = new GrpcClient(processes.Grpc, processes.Key);
        Feed[] feeds = [.. Enumerable.Range(0, Tenants).Select(FeedOf)];
        foreach (var feed in feeds)
        {
            using var set = await client.PutAsJsonAsync($"/v1/tenants/{feed.Tenant}", new { name = feed.Tenant });
            set.EnsureSuccessStatusCode();
        }

        var answers = new AnswerLog(client, [.. feeds.Select(f => f.Tenant)]);
        using var stop = new CancellationTokenSource();
        var asking = answers.Run(stop.Token);
        var feeding = feeds.Select(feed => feed.Run()).ToArray();
        var unexpected = new List<string>();
        foreach (var step in Steps)
            await Take(step);

        var (before, from) = (feeds.Sum(f => f.Acknowledged), answers.Now);
        foreach (var feed in feeds)
            feed.Hurry();
        await Task.WhenAll(feeding);
        var to = answers.Now;
        await stop.CancelAsync();
        await asking;
        output.WriteLine($"{feeds.Sum(f => f.Acknowledged)} events acknowledged, "
            + $"{feeds.Sum(f => f.Repeated)} chunks sent again; {answers.All.Count} questions; at the end "
            + $"{(feeds.Sum(f => f.Acknowledged) - before) / (to - from).TotalSeconds:N0} events/s beside questions");
        unexpected.AddRange(answers.Failures(from, to).Select(f => $"at the end: {f.Failure}"));
        Assert.True(unexpected.Count == 0, string.Join('\n', unexpected.Take(20)));

        await using var database = new Database(processes.ConnectionString);
        foreach (var feed in feeds)
        {
            Assert.Equal(perTenant, feed.Acknowledged);
            await Ledger.AssertLogHoldsEachEventOnce(database, feed.Tenant, feed.Events);
            output.WriteLine(await Ledger.AssertCubeEqualsLog(client, database, feed.Tenant));
        }

        Feed FeedOf(int i)
        {
            var (tenant, events) = ($"processes-{i}", SampleHistory.Events(perTenant, seed: i + 1));
            return i % 2 == 0 ? new NdjsonFeed(client, tenant, events) : new GrpcFeed(grpc, tenant, events);
        }

        async Task Take(Step step)
        {
            var (began, acknowledged) = (answers.Now, feeds.Sum(f => f.Acknowledged));
            foreach (var command in step.Commands)
                await processes.Run(command.Split(' '));
            var done = answers.Now;
            await Task.Delay(step.MayFail ? AfterRestartMax + TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(1));
            Assert.All(feeding, f => Assert.False(f.IsFaulted, $"{step.Name}: {f.Exception}"));
            var (failed, gap) = (answers.Failures(began, answers.Now), answers.LongestGap(began, answers.Now));
            var questions = answers.All.Count(a => a.To >= began);
            var last = failed.Select(f => f.To - done).DefaultIfEmpty().Max();
            output.WriteLine($"{step.Name,-22} {(done - began).TotalSeconds,5:N1} s, "
                + $"longest gap of answers {gap.TotalSeconds,4:N1} s, "
                + $"{failed.Count,3} of {questions} questions failed, "
                + $"the last {last.TotalSeconds:N1} s after it was ready; "
                + $"{feeds.Sum(f => f.Acknowledged) - acknowledged} events acknowledged");
            unexpected.AddRange(failed.Where(f => !step.MayFail || f.To > done + AfterRestartMax)
                .Select(f => $"{step.Name}, {(f.To - began).TotalSeconds:N1} s after its begin: {f.Failure}"));
            if (!step.MayFail && gap > GapMax)
                unexpected.Add($"{step.Name}: no answer for {gap.TotalSeconds:N1} s");
        }
    }
}
