using CrmKpi.Testing;
using Npgsql;

namespace CrmKpi.EventLog.Tests.Append;

public sealed class GroupCommitTests
{
    [Fact]
    public async Task Requests_that_wait_at_the_same_time_share_a_transaction()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        var results = await Task.WhenAll(Enumerable.Range(0, 64).Select(caller => Task.Run(async () =>
        {
            var mine = new List<AppendResult>();
            for (var i = 0; i < 10; i++)
                mine.Add(await log.Append("one", [Given.Event($"{caller}-{i}", $"deal/{caller}")]));
            return mine;
        })));

        Assert.All(results.SelectMany(mine => mine), result => Assert.Equal((1, 0), (result.Accepted, result.Duplicates)));
        Assert.All(results, mine => Assert.Equal(mine.Select(r => r.Sequence).Order(), mine.Select(r => r.Sequence)));
        Assert.Equal(640, await log.Head("one"));
        var transactions = await db.Scalar<long>("SELECT count(DISTINCT xmin::text) FROM events.mt_events");
        Assert.InRange(transactions, 1, 320);
        Assert.Equal(log.GroupsWritten, transactions);
    }

    [Fact]
    public async Task Each_request_of_a_group_has_its_own_counts()
    {
        await using var held = await HeldTenant.Create();
        var first = held.Log.Append("one", Given.Events(0, 1));
        await held.UntilLockIsAwaited();
        // These wait together behind the first.
        var waiting = new[]
        {
            held.Log.Append("one", Given.Events(0, 3)),
            held.Log.Append("one", Given.Events(2, 4)),
            held.Log.Append("one", []),
            held.Log.Append("one", [Given.Event("e100"), Given.Event("e100")]),
        };
        await held.Release();
        Assert.Equal(new AppendResult(1, 0, 1), await first);
        Assert.Equal(
            [new(2, 1, 7), new(3, 1, 7), new(0, 0, 7), new(1, 1, 7)], await Task.WhenAll(waiting));
        Assert.Equal(2, held.Log.GroupsWritten);
        Assert.Equal(
            ["e0", "e1", "e2", "e3", "e4", "e5", "e100"], (await held.Log.Read("one", 0, 100)).Select(e => e.SourceId));
    }

    [Fact]
    public async Task An_event_that_PostgreSQL_refuses_fails_its_own_request_only()
    {
        await using var held = await HeldTenant.Create();
        var first = held.Log.Append("one", Given.Events(0, 1));
        await held.UntilLockIsAwaited();
        var good = held.Log.Append("one", Given.Events(1, 3));
        var noJson = held.Log.Append("one", [Given.Event("x"), Given.Event("y", data: "{\"half\": ")]);
        var surrogate = held.Log.Append("one", [Given.Event("z", data: """{"text":"\ud800"}""")]);
        var alsoGood = held.Log.Append("one", Given.Events(4, 2));
        await held.Release();

        Assert.Equal(1, (await first).Accepted);
        Assert.Equal(3, (await good).Accepted);
        Assert.Equal(new AppendResult(2, 0, 6), await alsoGood);
        Assert.Equal(1, (await Assert.ThrowsAsync<EventRefusedException>(() => noJson)).Index);
        Assert.Equal(0, (await Assert.ThrowsAsync<EventRefusedException>(() => surrogate)).Index);
        Assert.Equal(Enumerable.Range(0, 6).Select(i => $"e{i}"), (await held.Log.Read("one", 0, 100)).Select(e => e.SourceId));
    }

    [Fact]
    public async Task A_request_taken_back_while_it_waits_is_not_written_and_harms_no_other()
    {
        await using var held = await HeldTenant.Create();
        var first = held.Log.Append("one", Given.Events(0, 1));
        await held.UntilLockIsAwaited();
        using var cancel = new CancellationTokenSource();
        var before = held.Log.Append("one", Given.Events(1, 2));
        var takenBack = held.Log.Append("one", Given.Events(3, 2), ct: cancel.Token);
        var after = held.Log.Append("one", Given.Events(5, 2));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => takenBack);
        await held.Release();
        await Task.WhenAll(first, before, after);
        Assert.Equal(["e0", "e1", "e2", "e5", "e6"], (await held.Log.Read("one", 0, 100)).Select(e => e.SourceId));
    }

    [Fact]
    public async Task A_request_that_is_being_written_is_finished_though_its_caller_cancels()
    {
        await using var held = await HeldTenant.Create();
        using var cancel = new CancellationTokenSource();
        var written = held.Log.Append("one", Given.Events(0, 2), ct: cancel.Token);
        await held.UntilLockIsAwaited();
        await cancel.CancelAsync();
        await held.Release();
        Assert.Equal(new AppendResult(2, 0, 2), await written);
    }

    [Fact]
    public async Task A_cancelled_caller_is_not_even_queued()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => log.Append("one", Given.Events(0, 1), ct: new CancellationToken(canceled: true)));
        Assert.Equal(0, await log.Head("one"));
    }

    [Fact]
    public async Task Beyond_its_limit_a_tenant_is_refused_and_others_are_not()
    {
        await using var held = await HeldTenant.Create("other");
        var first = held.Log.Append("one", Given.Events(0, 1));
        await held.UntilLockIsAwaited();
        var many = AppendLimits.RequestEventsMax;
        var queued = new List<Task<AppendResult>>();
        for (var i = 0; (i + 1) * many + 1 <= AppendLimits.TenantEventsMax; i++)
            queued.Add(held.Log.Append("one", Given.Events(i * many, many)));
        var refused = await Assert.ThrowsAsync<OverloadedException>(() => held.Log.Append("one", Given.Events(0, many)));
        Assert.True(refused.RetryAfter > TimeSpan.Zero);
        Assert.Equal(1, (await held.Log.Append("other", Given.Events(0, 1))).Accepted);
        await held.Release();
        Assert.Equal(1, (await first).Accepted);
        await Task.WhenAll(queued);
        // Room again.
        Assert.Equal(1, (await held.Log.Append("one", [Given.Event("after")])).Accepted);
    }

    [Fact]
    public async Task Too_large_a_request_is_the_callers_error()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        await Assert.ThrowsAsync<ArgumentException>(() => log.Append("one", Given.Events(0, AppendLimits.RequestEventsMax + 1)));
    }

    [Fact]
    public async Task Closing_finishes_what_waits_and_takes_nothing_more()
    {
        await using var db = await Given.DatabaseWith("one");
        var log = new EventLog(db.Database);
        var waiting = Enumerable.Range(0, 50).Select(i => log.Append("one", Given.Events(i, 1))).ToList();
        await log.DisposeAsync();
        Assert.Equal(50, (await Task.WhenAll(waiting)).Sum(result => result.Accepted));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => log.Append("one", Given.Events(0, 1)));
    }

    /// <summary>A tenant whose head somebody else holds, so that requests gather.</summary>
    private sealed class HeldTenant(TestDatabase db, NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public EventLog Log { get; } = new(db.Database);

        public static async Task<HeldTenant> Create(params string[] others)
        {
            var db = await Given.DatabaseWith(["one", .. others]);
            var connection = await db.DataSource.OpenConnectionAsync();
            var transaction = await connection.BeginTransactionAsync();
            await using var command = new NpgsqlCommand(
                "SELECT FROM events.tenant_heads WHERE tenant_id = 'one' FOR UPDATE", connection);
            await command.ExecuteNonQueryAsync();
            return new HeldTenant(db, connection, transaction);
        }

        public async Task UntilLockIsAwaited()
        {
            while (!await db.Scalar<bool>(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"))
                await Task.Delay(10);
        }

        public Task Release() => transaction.RollbackAsync();

        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
            await Log.DisposeAsync();
            await db.DisposeAsync();
        }
    }
}
