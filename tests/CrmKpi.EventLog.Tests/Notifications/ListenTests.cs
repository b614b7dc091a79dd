namespace CrmKpi.EventLog.Tests.Notifications;

public sealed class ListenTests
{
    [Fact]
    public async Task Listeners_of_other_processes_hear_which_logs_have_moved()
    {
        await using var db = await Given.DatabaseWith("one", "two");
        await using var writer = new EventLog(db.Database);
        await using var listener = new EventLog(db.Database);
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var heard = new Dictionary<string, long>();
        var listening = Task.Run(async () =>
        {
            await foreach (var (tenant, sequence) in listener.Listen(stop.Token))
            {
                heard[tenant] = Math.Max(sequence, heard.GetValueOrDefault(tenant));
                if (heard.GetValueOrDefault("one") >= 20 && heard.GetValueOrDefault("two") >= 20)
                    return;
            }
        });
        await ListenersAre(db, 1);
        for (var i = 0; i < 20; i++)
        {
            await writer.Append("one", Given.Events(i, 1));
            await writer.Append("two", Given.Events(i, 1));
        }
        await listening;
        Assert.Equal((20, 20), (heard["one"], heard["two"]));
    }

    [Fact]
    public async Task A_listener_whose_connection_is_cut_hears_again()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await using var hints = log.Listen(stop.Token).GetAsyncEnumerator();
        var next = hints.MoveNextAsync().AsTask();
        await ListenersAre(db, 1);
        await log.Append("one", Given.Events(0, 1));
        Assert.True(await next);
        Assert.Equal(("one", 1), hints.Current);

        next = hints.MoveNextAsync().AsTask();
        await db.Execute(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND query LIKE 'LISTEN%'
            """);
        await ListenersAre(db, 0);
        await ListenersAre(db, 1);
        await log.Append("one", Given.Events(1, 1));
        Assert.True(await next);
        Assert.Equal(("one", 2), hints.Current);
    }

    [Fact]
    public async Task Listening_ends_when_cancelled_and_survives_foreign_payloads()
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        using var stop = new CancellationTokenSource();
        await using var hints = log.Listen(stop.Token).GetAsyncEnumerator();
        var next = hints.MoveNextAsync().AsTask();
        await ListenersAre(db, 1);
        foreach (var payload in new[] { "", ":", "x", "one:", "one:-1", ":5", "one:99999999999999999999" })
            await db.Execute("SELECT pg_notify('crmkpi_log', $1)", payload);
        await log.Append("one", Given.Events(0, 3));
        Assert.True(await next);
        Assert.Equal(("one", 3), hints.Current);
        next = hints.MoveNextAsync().AsTask();
        await stop.CancelAsync();
        Assert.False(await next);
    }

    private static async Task ListenersAre(CrmKpi.Testing.TestDatabase db, long count)
    {
        while (await db.Scalar<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'") != count)
            await Task.Delay(10);
    }
}
