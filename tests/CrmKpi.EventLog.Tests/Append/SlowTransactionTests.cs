using CrmKpi.Testing;
using Npgsql;

namespace CrmKpi.EventLog.Tests.Append;

/// <summary>
/// The bug class that loses events in most stores on PostgreSQL: a reader passes a sequence that commits late.
/// </summary>
public sealed class SlowTransactionTests
{
    [Fact]
    public async Task A_transaction_held_open_makes_its_tenant_wait_and_no_other()
    {
        await using var db = await Given.DatabaseWith("slow", "other");
        await using var log = new EventLog(db.Database);
        await log.Append("slow", Given.Events(0, 5));

        await using var holder = await db.DataSource.OpenConnectionAsync();
        await using var held = await holder.BeginTransactionAsync();
        await Lock(holder, "slow");
        // Another process that has written its rows and not yet committed: sequence 6 exists and nobody sees it.
        await Insert(holder, "slow", 6, "late");

        var waiting = log.Append("slow", Given.Events(5, 5));
        for (var i = 0; i < 20; i++)
            Assert.Equal(i + 1, (await log.Append("other", Given.Events(i, 1))).Sequence);
        Assert.True(await IsWaiting(db));
        Assert.False(waiting.IsCompleted);
        Assert.Equal([1, 2, 3, 4, 5], (await log.Read("slow", 0, 100)).Select(e => e.Sequence));

        await held.CommitAsync();
        Assert.Equal(new AppendResult(5, 0, 11), await waiting);
        Assert.Equal(Enumerable.Range(1, 11).Select(i => (long)i), (await log.Read("slow", 0, 100)).Select(e => e.Sequence));
        Assert.Equal("late", (await log.Read("slow", 5, 1))[0].SourceId);
    }

    [Fact]
    public async Task A_reader_that_polls_all_the_time_sees_every_event_once_and_in_order()
    {
        await using var db = await Given.DatabaseWith("one");
        // Two logs are two processes: they share nothing but the database.
        await using var first = new EventLog(db.Database);
        await using var second = new EventLog(db.Database);
        const int Batches = 40;
        const int Each = 5;
        var polled = Poll(db, "one", 2 * Batches * Each);
        var slow = HoldAgainAndAgain(db, "one", polled);
        async Task Write(EventLog log, string name)
        {
            for (var batch = 0; batch < Batches; batch++)
                await log.Append("one",
                    [.. Enumerable.Range(0, Each).Select(i => Given.Event($"{name}-{batch}-{i}", $"deal/{i}"))]);
        }
        await Task.WhenAll(Write(first, "a"), Write(second, "b"));
        var seen = await polled;
        await slow;

        Assert.Equal(Enumerable.Range(1, 2 * Batches * Each).Select(i => (long)i), seen.Select(e => e.Sequence));
        Assert.Equal(2 * Batches * Each, seen.Select(e => e.SourceId).Distinct().Count());
        // What was seen while it was written is what stands there at the end.
        await using var log = new EventLog(db.Database);
        Assert.Equal(seen.Select(e => e.Id), (await log.Read("one", 0, 10_000)).Select(e => e.Id));
    }

    private static async Task<List<StoredEvent>> Poll(TestDatabase db, string tenant, int events)
    {
        await using var log = new EventLog(db.Database);
        var seen = new List<StoredEvent>();
        while (seen.Count < events)
            seen.AddRange(await log.Read(tenant, seen.Count == 0 ? 0 : seen[^1].Sequence, 7));
        return seen;
    }

    private static async Task HoldAgainAndAgain(TestDatabase db, string tenant, Task until)
    {
        while (!until.IsCompleted)
        {
            await using var connection = await db.DataSource.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await Lock(connection, tenant);
            await Task.Delay(5);
            await transaction.RollbackAsync();
        }
    }

    private static async Task Lock(NpgsqlConnection connection, string tenant)
    {
        await using var command = new NpgsqlCommand(
            "SELECT FROM events.tenant_heads WHERE tenant_id = $1 FOR UPDATE", connection)
        {
            Parameters = { new() { Value = tenant } },
        };
        await command.ExecuteNonQueryAsync();
    }

    private static async Task Insert(NpgsqlConnection connection, string tenant, long sequence, string sourceId)
    {
        await using var command = new NpgsqlCommand(
            """
            WITH head AS (UPDATE events.tenant_heads SET last_seq = $2 WHERE tenant_id = $1),
            stream AS (INSERT INTO events.mt_streams (tenant_id, id, version) VALUES ($1, 'deal/late', 1))
            INSERT INTO events.mt_events (
                seq_id, id, version, timestamp, occurred_at, tenant_id, stream_id, type, source, source_id, data)
            VALUES ($2, $4, 1, now(), now(), $1, 'deal/late', 'deal.created', 'test', $3, '{}')
            """, connection)
        {
            Parameters =
            {
                new() { Value = tenant }, new() { Value = sequence }, new() { Value = sourceId },
                new() { Value = EventIds.Of(tenant, "test", sourceId) },
            },
        };
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<bool> IsWaiting(TestDatabase db)
    {
        for (var i = 0; i < 200; i++)
        {
            if (await db.Scalar<bool>(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"))
                return true;
            await Task.Delay(20);
        }
        return false;
    }
}
