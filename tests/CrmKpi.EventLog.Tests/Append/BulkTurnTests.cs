using CrmKpi.Testing;
using Npgsql;

namespace CrmKpi.EventLog.Tests.Append;

/// <summary>Imports take only some of the transactions, so that a few events of somebody else never wait for them.</summary>
public sealed class BulkTurnTests
{
    [Fact]
    public async Task A_single_event_passes_while_imports_hold_all_that_they_may()
    {
        var importers = Enumerable.Range(0, AppendLimits.BulkTransactionsMax + 3).Select(i => $"importer-{i}").ToArray();
        await using var db = await Given.DatabaseWith([.. importers, "small"]);
        await using var log = new EventLog(db.Database);
        var imports = new List<Task<AppendResult>>();
        await using (var holder = await db.DataSource.OpenConnectionAsync())
        await using (var held = await holder.BeginTransactionAsync())
        {
            await using var command = new NpgsqlCommand(
                "SELECT FROM events.tenant_heads WHERE tenant_id LIKE 'importer-%' FOR UPDATE", holder);
            await command.ExecuteNonQueryAsync();
            imports.AddRange(importers.Select(tenant => log.Append(tenant, Given.Events(0, 500))));
            await UntilWaiting(db, AppendLimits.BulkTransactionsMax);

            for (var i = 0; i < 20; i++)
                Assert.Equal(i + 1, (await log.Append("small", Given.Events(i, 1))).Sequence);
            Assert.All(imports, import => Assert.False(import.IsCompleted));
            // No more than they may: the last three wait for a turn, not for the database.
            Assert.Equal(AppendLimits.BulkTransactionsMax, await Waiting(db));
            await held.RollbackAsync();
        }
        Assert.All(await Task.WhenAll(imports), result => Assert.Equal(new AppendResult(500, 0, 500), result));
    }

    [Fact]
    public async Task Large_and_small_requests_of_a_tenant_stay_in_order()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        var sent = new List<NewEvent>();
        var waiting = new List<Task<AppendResult>>();
        foreach (var count in new[] { 1, 5, 300, 1, 2, 101, 100, 1, 4_000, 60, 60, 1 })
        {
            var events = Given.Events(sent.Count, count);
            sent.AddRange(events);
            waiting.Add(log.Append("one", events));
        }
        Assert.Equal(sent.Count, (await Task.WhenAll(waiting)).Sum(result => result.Accepted));
        Assert.Equal(sent.Select(e => e.SourceId), (await log.Read("one", 0, 10_000)).Select(e => e.SourceId));
    }

    [Fact]
    public async Task Very_many_single_events_of_a_tenant_share_few_transactions()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        var waiting = Enumerable.Range(0, 5_000).Select(i => log.Append("one", Given.Events(i, 1))).ToList();
        Assert.Equal(5_000, (await Task.WhenAll(waiting)).Sum(result => result.Accepted));
        Assert.InRange(log.GroupsWritten, 1, 60);
    }

    private static async Task UntilWaiting(TestDatabase db, long count)
    {
        while (await Waiting(db) < count)
            await Task.Delay(10);
    }

    private static Task<long> Waiting(TestDatabase db) => db.Scalar<long>(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
}
