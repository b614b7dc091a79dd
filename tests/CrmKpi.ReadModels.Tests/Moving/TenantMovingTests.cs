using System.Text;
using CrmKpi.Domain.Privacy;
using CrmKpi.EventLog;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Erasure;
using CrmKpi.Projections.Moving;
using CrmKpi.ReadModels.Privacy;
using CrmKpi.Testing;
using Npgsql;

namespace CrmKpi.ReadModels.Tests.Moving;

/// <summary>A tenant goes from one database to another, and nobody loses anything by it.</summary>
public sealed class TenantMovingTests
{
    private const string Second = TwoDatabases.Second;
    private const string Main = Database.MainName;

    private static readonly ActedBy Us = ActedBy.Process("test");

    [Fact]
    public async Task A_tenant_moves_there_and_back_with_all_that_is_its_own()
    {
        await using var two = await TwoDatabases.Create("one", "other");
        var events = SampleHistory.Events(2_000, seed: 1).ToList();
        var others = SampleHistory.Events(500, seed: 2).ToList();
        await two.Append("one", events.Take(1_500));
        await two.Append("other", others);
        var quarantine = new Quarantine(two.Ingest);
        await quarantine.Add("one", [Refused("first"), Refused("second")]);
        var kept = await quarantine.List("one", 0, 10);
        var usage = await new UsageStore(two.Ingest).Days(TenantStore.DefaultAgency, DateOnly.MinValue, DateOnly.MaxValue);

        var there = await two.Move("one", Second);
        Assert.Equal((MoveState.Done, 1_500L), (there.State, there.Copied));
        await two.AssertLivesIn(Second, "one", events[..1_500]);
        Assert.Equal(kept.Select(Words), (await quarantine.List("one", 0, 10)).Select(Words));
        Assert.Equal(usage, await new UsageStore(two.Ingest).Days(TenantStore.DefaultAgency, DateOnly.MinValue, DateOnly.MaxValue));

        // It goes on there: duplicates are known, streams go on, new refusals have new numbers.
        var more = await two.Append("one", events);
        Assert.Equal((500, 1_500), (more.Accepted, more.Duplicates));
        await quarantine.Add("one", [Refused("third")]);
        Assert.True((await quarantine.List("one", 0, 10))[^1].Id > kept[^1].Id);
        await two.AssertLivesIn(Second, "one", events);

        Assert.Equal(MoveState.Done, (await two.Move("one", Main)).State);
        await two.AssertLivesIn(Main, "one", events);
        Assert.Equal(3, (await quarantine.List("one", 0, 10)).Count);
        await two.AssertLivesIn(Main, "other", others);
        Assert.Equal(
            ["tenant.registered", "tenant.registered", "tenant.move_requested", "tenant.moved", "tenant.move_requested", "tenant.moved"],
            (await new AuditTrail(two.Ingest).Read(TenantStore.DefaultAgency, 0, 100)).Select(act => act.Type)
                .Where(type => type.StartsWith("tenant.", StringComparison.Ordinal)));
    }

    /// <summary>Lanes and cubes that remember the tenant from before it moved away take nothing of that for what is there now.</summary>
    [Fact]
    public async Task What_was_remembered_of_an_earlier_stay_is_nothing_in_a_later_one()
    {
        await using var two = await TwoDatabases.Create("one");
        var events = SampleHistory.Events(1_200, seed: 1).ToList();
        await two.Append("one", events.Take(1_000));
        await two.AssertLivesIn(Main, "one", events[..1_000]);
        await using var cubes = new TenantCubes(two.Query);
        await cubes.Get("one", Domain.Cube.Measures.All, 1_000);
        await two.Move("one", Second);
        // The same events as then: whoever remembers the sequence sees nothing new.
        await two.Move("one", Main);
        await two.AssertLivesIn(Main, "one", events[..1_000]);
        Assert.Equal(2_000_001, (await new Generations.GenerationStore(two.At(Main).Database).Status("one"))!.Generation);
        await two.Append("one", events.Skip(1_000));
        await two.AssertLivesIn(Main, "one", events);
        var snapshot = await cubes.Get("one", Domain.Cube.Measures.All, 1_200);
        Assert.Equal(World.ExpectedCells(await two.Log.Read("one", 0, 2_000)), World.Cells(snapshot!));
    }

    /// <summary>
    /// Steps are broken off at any moment, as a crash would, by several movers at once, while others append as fast as they can
    /// with their own knowledge of where the tenant lives, and others ask, who are never answered from less than before.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Broken_off_at_any_moment_it_loses_nothing_and_counts_nothing_twice(int seed)
    {
        await using var two = await TwoDatabases.Create(TenantHomes.RefreshInterval * 3, "one");
        var events = SampleHistory.Events(12_000, seed).ToList();
        await two.Append("one", events.Take(3_000));
        using var stop = new CancellationTokenSource();
        var asking = Ask(two, stop.Token);
        var moving = MoveBackAndForth(two, seed, moves: 3, stop.Token);
        var sent = 3_000;
        while (sent < events.Count || !moving.IsCompleted)
        {
            if (sent == events.Count)
                break;
            var chunk = events.Skip(sent).Take(50).ToArray();
            var result = await Retry(() => two.Append("one", chunk));
            Assert.Equal(50, result.Accepted + result.Duplicates);
            sent += chunk.Length;
            await Task.Delay(10);
        }
        await moving.WaitAsync(TimeSpan.FromMinutes(3));
        await stop.CancelAsync();
        Assert.True(await asking > 100);
        await two.AssertLivesIn(Second, "one", events);

        static async Task<AppendResult> Retry(Func<Task<AppendResult>> append)
        {
            while (true)
                try
                {
                    return await append();
                }
                catch (Exception e) when (e is TenantMovingException or TenantHomeException)
                {
                    await Task.Delay(50);
                }
        }
    }

    /// <summary>Another process asks all the time; answers how often.</summary>
    private static async Task<int> Ask(TwoDatabases two, CancellationToken ct)
    {
        var query = two.Open(DatabaseRoles.Query);
        await query.Homes!.Refresh(ct);
        var knowing = query.Homes.Run(_ => { }, ct);
        await using var cubes = new TenantCubes(query, new ReadModels.Memory.TenantCubesOptions { RefreshInterval = TimeSpan.FromMilliseconds(20) });
        var (asked, sequence) = (0, 0L);
        for (; !ct.IsCancellationRequested; asked++)
        {
            var snapshot = await cubes.Get("one", Domain.Cube.Measures.All, asked == 0 ? 1 : 0, CancellationToken.None);
            Assert.True(snapshot is not null, $"After {asked} answers up to {sequence} there was none.");
            Assert.Equal(Domain.Cube.Measures.All.Count, snapshot.Columns.Count);
            Assert.True(snapshot.Sequence >= sequence, $"{snapshot.Sequence} after {sequence}");
            sequence = snapshot.Sequence;
            await Task.Delay(asked % 3, CancellationToken.None);
        }
        await knowing;
        return asked;
    }

    private static async Task MoveBackAndForth(TwoDatabases two, int seed, int moves, CancellationToken ct)
    {
        for (var move = 1; move <= moves; move++)
        {
            await two.Moving.Begin("one", move % 2 == 1 ? Second : Main, Us, ct);
            await Task.WhenAll(Enumerable.Range(0, 2).Select(mover => Task.Run(() => Break(two, new Random(seed * 100 + move * 10 + mover)), ct)));
            Assert.Equal(MoveState.Done, (await two.Finish("one")).State);
        }
    }

    private static async Task Break(TwoDatabases two, Random random)
    {
        for (var i = 0; i < 25; i++)
        {
            using var broken = new CancellationTokenSource(random.Next(1, 120));
            try
            {
                await two.Moving.Step("one", broken.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or NpgsqlException or TenantMoveException)
            {
                // As if it had crashed there.
            }
        }
    }

    [Fact]
    public async Task Whoever_thinks_that_it_lives_where_it_did_adds_nothing_there()
    {
        await using var two = await TwoDatabases.Create("one");
        var events = SampleHistory.Events(300, seed: 1).ToList();
        await two.Append("one", events.Take(100));
        // Another process, which has asked before the move.
        var stale = two.Open(DatabaseRoles.Ingest);
        await stale.Homes!.Refresh();
        await using var log = new EventLog.EventLog(stale);
        await two.Moving.Begin("one", Second, Us);
        while ((await two.Moving.Find("one"))!.State != MoveState.Clearing)
            await two.Moving.Step("one");
        Assert.Equal(Main, stale.Home("one").Name);

        // What was there is answered from there until it is known; what is added goes where the tenant lives.
        Assert.Equal(100, await log.Head("one"));
        await new Quarantine(stale).Add("one", [Refused("late")]);
        Assert.Equal(Second, stale.Home("one").Name);
        Assert.Equal(0, await two.At(Main).Scalar<long>("SELECT count(*) FROM control.quarantine"));
        Assert.Equal(1, await two.At(Second).Scalar<long>("SELECT count(*) FROM control.quarantine"));
        var another = two.Open(DatabaseRoles.Ingest);
        await another.Homes!.Refresh();
        await two.Finish("one");
        await using var late = new EventLog.EventLog(another);
        Assert.Equal(200, (await late.Append("one", [.. events.Skip(100).Select(ToNew)])).Accepted);
        await two.AssertLivesIn(Second, "one", events);
    }

    [Fact]
    public async Task What_is_known_of_homes_is_a_lease()
    {
        await using var two = await TwoDatabases.Create("one");
        var time = new Clock();
        var homes = new TenantHomes(new Database(two.At(Main).ConnectionString), time);
        Assert.Throws<TenantHomeException>(() => homes.Of("one"));
        await homes.Refresh();
        Assert.Equal(Main, homes.Of("one"));
        time.Now += TenantHomes.LeaseMax;
        Assert.Equal(Main, homes.Of("one"));
        time.Now += TimeSpan.FromMilliseconds(1);
        Assert.Throws<TenantHomeException>(() => homes.Of("one"));
        await homes.Refresh();
        Assert.Equal(Main, homes.Of("one"));
        Assert.True(MoveLimits.Default.ClearAfter > TenantHomes.LeaseMax);
    }

    [Fact]
    public async Task A_late_try_does_not_open_what_a_later_one_has_closed()
    {
        await using var two = await TwoDatabases.Create("one");
        await two.Append("one", SampleHistory.Events(10, seed: 1));
        var main = two.At(Main);
        await main.Execute("UPDATE events.tenant_heads SET home = 'second', move_attempt = 7");
        var reopen = Sql.Text<TenantMoving>("Moving.Sql.reopen_log.sql");
        await Run(main, reopen, "one", 6L);
        Assert.Equal("second", await main.Scalar<string>("SELECT home FROM events.tenant_heads"));
        var close = Sql.Text<TenantMoving>("Moving.Sql.close_log.sql");
        Assert.Equal(0, await Run(main, close, "one", Second, 6L));
        await Run(main, Sql.Text<TenantMoving>("Moving.Sql.open_log.sql"), "one", Second);
        Assert.Equal("second", await main.Scalar<string>("SELECT home FROM events.tenant_heads"));
        await Assert.ThrowsAsync<TenantMovingException>(() => two.Append("one", SampleHistory.Events(11, seed: 1)));
        // Nor does an append that does not look come through.
        var refused = await Assert.ThrowsAsync<PostgresException>(() =>
            main.Execute("UPDATE events.tenant_heads SET last_seq = last_seq + 1"));
        Assert.Equal(Database.TenantHome, refused.ConstraintName);
        await Run(main, reopen, "one", 7L);
        Assert.Equal(1, (await two.Append("one", SampleHistory.Events(11, seed: 1))).Accepted);

        static async Task<int> Run(TestDatabase at, string sql, params object[] parameters)
        {
            await using var command = at.DataSource.CreateCommand(sql);
            foreach (var value in parameters)
                command.Parameters.Add(new() { Value = value });
            await using var reader = await command.ExecuteReaderAsync();
            var rows = 0;
            while (await reader.ReadAsync())
                rows++;
            return rows;
        }
    }

    [Fact]
    public async Task A_cancelled_move_leaves_the_tenant_where_it_was()
    {
        await using var two = await TwoDatabases.Create("one");
        var events = SampleHistory.Events(400, seed: 1).ToList();
        await two.Append("one", events.Take(300));
        await two.Moving.Begin("one", Second, Us);
        // The worst moment: the try has closed the source.
        await two.At(Main).Execute("UPDATE control.moves SET attempt = 3");
        await two.At(Main).Execute("UPDATE events.tenant_heads SET home = 'second', move_attempt = 2");
        Assert.True(await two.Moving.Cancel("one"));
        var over = await two.Finish("one");
        Assert.Equal((MoveState.Failed, "It was cancelled."), (over.State, over.Failure));
        await two.Append("one", events.Skip(300));
        await two.AssertLivesIn(Main, "one", events);
        Assert.False(await two.Moving.Cancel("one"));
        // And it can be moved again.
        Assert.Equal(MoveState.Done, (await two.Move("one", Second)).State);
        await two.AssertLivesIn(Second, "one", events);
    }

    [Fact]
    public async Task A_copy_that_differs_is_none()
    {
        await using var two = await TwoDatabases.Create("one");
        await two.Append("one", SampleHistory.Events(200, seed: 1));
        await two.At(Second).Execute(
            """
            CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN NEW.data := '{"spoilt": true}'; RETURN NEW; END $$;
            CREATE TRIGGER spoil BEFORE INSERT ON events.mt_events FOR EACH ROW WHEN (NEW.seq_id = 150) EXECUTE FUNCTION spoil();
            """);
        var over = await two.Move("one", Second);
        Assert.Equal(MoveState.Failed, over.State);
        Assert.Contains("did not come whole", over.Failure, StringComparison.Ordinal);
        await two.AssertLivesIn(Main, "one", [.. SampleHistory.Events(200, seed: 1)]);
    }

    [Fact]
    public async Task Forgetting_deleting_and_moving_keep_out_of_each_others_way()
    {
        await using var two = await TwoDatabases.Create("one", "leaver");
        var events = SampleHistory.Events(300, seed: 1).ToList();
        await two.Append("one", events);
        var people = new PersonForgetting(two.Privacy);

        // A move waits for a forgetting that is under way.
        await people.Begin("one", TenantStore.DefaultAgency, PersonKind.Customer, "c1", Us);
        await two.Moving.Begin("one", Second, Us);
        Assert.False(await two.Moving.Step("one"));
        Assert.Equal(0, await two.At(Second).Scalar<long>("SELECT count(*) FROM events.tenant_heads"));

        // While a tenant is moved nobody is forgotten, and it is not deleted.
        await Assert.ThrowsAsync<TenantMoveException>(() =>
            people.Begin("one", TenantStore.DefaultAgency, PersonKind.Customer, "somebody", Us));
        var erasure = new TenantErasure(two.Privacy);
        await Assert.ThrowsAsync<TenantMoveException>(() => erasure.Begin("one", TenantStore.DefaultAgency, Us));
        await two.At(Main).Execute("UPDATE control.forgettings SET finished_at = now(), person = NULL");
        Assert.Equal(MoveState.Done, (await two.Finish("one")).State);
        await two.AssertLivesIn(Second, "one", events);
        Assert.Equal(1, await two.At(Second).Scalar<long>("SELECT count(*) FROM control.forgettings"));

        // A tenant of a further database is erased there and in the main one.
        Assert.True(await erasure.Begin("one", TenantStore.DefaultAgency, Us));
        Assert.Null(await two.Moving.Begin("one", Main, Us));
        while (await erasure.Find("one") is { FinishedAt: null })
            await erasure.Step("one");
        var proof = (await erasure.Find("one"))!;
        Assert.Equal((300L, 0L), (proof.Erased["events.mt_events"], proof.Found!.Values.Sum()));
        await two.AssertNothingIn(Main, "one");
        await two.AssertNothingIn(Second, "one");
        Assert.Equal(0, await two.At(Main).Scalar<long>("SELECT count(*) FROM control.moves"));
    }

    [Fact]
    public async Task An_erasure_that_broke_off_between_the_databases_goes_on()
    {
        await using var two = await TwoDatabases.Create("one");
        await two.Append("one", SampleHistory.Events(100, seed: 1));
        await two.Move("one", Second);
        // As a crash between the two leaves it.
        await two.At(Main).Execute(
            "INSERT INTO control.deletions (tenant_id, agency, requested_by, database) VALUES ('one', 'default', '{}', 'second')");
        await two.At(Main).Execute("DELETE FROM control.moves; DELETE FROM control.tenants");
        var erasure = new TenantErasure(two.Privacy, chunkRows: 30);
        while (await erasure.Find("one") is { FinishedAt: null })
            await erasure.Step("one");
        Assert.Equal(100, (await erasure.Find("one"))!.Erased["events.mt_events"]);
        await two.AssertNothingIn(Second, "one");
    }

    [Fact]
    public async Task Moves_that_cannot_be_are_refused()
    {
        await using var two = await TwoDatabases.Create("one");
        Assert.Null(await two.Moving.Begin("nobody", Second, Us));
        await Assert.ThrowsAsync<TenantMoveException>(() => two.Moving.Begin("one", Main, Us));
        var begun = await two.Moving.Begin("one", Second, Us);
        Assert.Equal(begun!.RequestedAt, (await two.Moving.Begin("one", Second, Us))!.RequestedAt);
        await Assert.ThrowsAsync<TenantMoveException>(() => two.Moving.Begin("one", Main, Us));
        Assert.Equal(["one"], await two.Moving.Open(10));
    }

    [Fact]
    public async Task Every_table_of_a_tenant_goes_over_or_is_built_anew()
    {
        await using var two = await TwoDatabases.Create();
        string[] rebuilt = [.. (await TwoDatabases.TenantTables(two.At(Main))).Where(table => table.StartsWith("kpi.", StringComparison.Ordinal))];
        Assert.NotEmpty(rebuilt);
        Assert.Equal(
            [.. LogCopy.Beside.Concat(["events.mt_events", "events.mt_streams", "events.tenant_heads"]).Order(StringComparer.Ordinal)],
            (await TwoDatabases.TenantTables(two.At(Main))).Except(rebuilt).Order(StringComparer.Ordinal));
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromDays(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }

    private static NewEvent ToNew(SampleEvent e) =>
        new("sample", e.Id, e.Type, e.Subject, e.Time, Encoding.UTF8.GetBytes(e.Data));

    private static QuarantinedEvent Refused(string id) => new(
        0, default, id, "test", "deal.won", "wrong_type", "It is not what it should be.", "/data", Encoding.UTF8.GetBytes("{}"), 1, 2);

    private static string Words(QuarantinedEvent e) => $"{e.Id} {e.ReceivedAt:O} {e.EventId} {Encoding.UTF8.GetString(e.Body.Span)}";
}
