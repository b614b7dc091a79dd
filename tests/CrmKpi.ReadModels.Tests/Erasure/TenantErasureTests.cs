using CrmKpi.EventLog;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Erasure;
using CrmKpi.Projections.Lanes;
using CrmKpi.ReadModels.Generations;
using CrmKpi.ReadModels.Store;
using CrmKpi.ReadModels.Tests.Isolation;
using Npgsql;

namespace CrmKpi.ReadModels.Tests.Erasure;

public sealed class TenantErasureTests
{
    private static readonly ActedBy Tester = ActedBy.Process("test");

    [Fact]
    public async Task All_rows_of_the_tenant_go_are_counted_and_nothing_of_others_changes()
    {
        await using var world = await Isolated.TwoTenants();
        await using var privacy = world.Database.As(DatabaseRoles.Privacy);
        var erasure = new TenantErasure(privacy, chunkRows: 400);
        var before = await Rows(world, Isolated.A);
        var others = await Rows(world, Isolated.B);
        Assert.True(before["events.mt_events"] > 1_000 && before["kpi.cube"] > 1_000 && before["control.quarantine"] == 1);

        Assert.True(await erasure.Begin(Isolated.A, Agency.Default, Tester));
        Assert.Equal([Isolated.A], await erasure.Open(10));
        await Finish(erasure);

        var done = await erasure.Find(Isolated.A);
        Assert.NotNull(done);
        Assert.NotNull(done.FinishedAt);
        foreach (var (table, rows) in before)
            Assert.Equal((table, rows), (table, done.Erased.GetValueOrDefault(table)));
        Assert.All(done.Found!.Values, rows => Assert.Equal(0, rows));
        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), done.Found.Keys.Where(before.ContainsKey));
        Assert.All((await Rows(world, Isolated.A)).Values, rows => Assert.Equal(0, rows));
        Assert.Equal(others, await Rows(world, Isolated.B));
        Assert.Empty(await erasure.Open(10));
        Assert.False(await erasure.Step(Isolated.A));
        var act = (await new AuditTrail(world.Database.Database).Read(Agency.Default, 0, 100))[^1];
        Assert.Equal(("tenant.deleted", "tenant/alpha"), (act.Type, act.Subject));
        Assert.Equal(act.Actor, done.RequestedBy);
    }

    [Fact]
    public async Task Whoever_comes_next_goes_on_and_several_do_not_count_twice()
    {
        await using var world = await Isolated.TwoTenants(600);
        var before = await Rows(world, Isolated.A);
        await using (var first = world.Database.As(DatabaseRoles.Privacy))
        {
            Assert.True(await new TenantErasure(first).Begin(Isolated.A, Agency.Default, Tester));
            Assert.True(await new TenantErasure(first).Step(Isolated.A));
            // A chunk that was not committed is as if it had not been.
            await using var broken = await first.For(Isolated.A).Begin();
            Assert.True(await broken.Execute(
                "DELETE FROM kpi.cube WHERE tenant_id = $1", new object[] { Isolated.A }) > 0);
        }
        await using var next = world.Database.As(DatabaseRoles.Privacy);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => Finish(new TenantErasure(next)))));
        var done = await new TenantErasure(next).Find(Isolated.A);
        foreach (var (table, rows) in before)
            Assert.Equal((table, rows), (table, done!.Erased.GetValueOrDefault(table)));
        Assert.NotNull(done!.FinishedAt);
    }

    [Fact]
    public async Task A_racing_append_brings_nothing_back()
    {
        await using var world = await World.Create(Isolated.A);
        await using var ingest = world.Database.As(DatabaseRoles.Ingest);
        await using var log = new EventLog.EventLog(ingest);
        await using var privacy = world.Database.As(DatabaseRoles.Privacy);
        var erasure = new TenantErasure(privacy);
        var running = new TaskCompletionSource();
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; ; i++)
            {
                if (i == 20)
                    running.TrySetResult();
                try
                {
                    await log.Append(Isolated.A, [new NewEvent(
                        $"w{writer}", $"{i}", "lead.created", $"lead/{writer}-{i}", DateTimeOffset.UnixEpoch, "{}"u8.ToArray())]);
                }
                catch (UnknownTenantException)
                {
                    return;
                }
            }
        })).ToArray();
        await running.Task;
        Assert.True(await erasure.Begin(Isolated.A, Agency.Default, Tester));
        await Task.WhenAll(writers);
        await Finish(erasure);
        Assert.All((await Rows(world, Isolated.A)).Values, rows => Assert.Equal(0, rows));
    }

    [Fact]
    public async Task Nor_does_a_lane_quarantine_or_an_own_kpi()
    {
        await using var world = await Isolated.TwoTenants(300);
        await using var project = world.Database.As(DatabaseRoles.Project);
        var lane = new TenantLane(Isolated.A, world.Services());
        await lane.Turn(bulk: true, default);
        var live = await world.Live(Isolated.A);
        await world.Append(Isolated.A, "lead.created", "lead/new", "{}");
        await using var privacy = world.Database.As(DatabaseRoles.Privacy);
        var erasure = new TenantErasure(privacy);
        Assert.True(await erasure.Begin(Isolated.A, Agency.Default, Tester));

        // A commit of a batch that was folded before.
        var commit = new BatchCommit(
            live, live.Sequence + 1, null, new HashSet<Domain.Folding.EntityKey>(), new Domain.Settings.TenantSettings(), null, null);
        await Assert.ThrowsAsync<LaneLostException>(() => new ProjectionStore(project).Save(commit, new DimensionDictionary()));
        // A lane that believes to know the tenant, then one that begins.
        lane.Notice(live.Sequence + 5, 0);
        var turn = await lane.Turn(bulk: true, default);
        if (!turn.IsGone)
            turn = await lane.Turn(bulk: true, default);
        Assert.True(turn.IsGone && !turn.HasMore);
        await Refused("tenant_log", () => new GenerationStore(project).CreateFirst(Isolated.A, 1, [], "x"));
        await Assert.ThrowsAsync<UnknownTenantException>(() => new Quarantine(world.Database.Database).Add(Isolated.A,
            [new QuarantinedEvent(0, default, null, null, null, "wrong", "wrong", null, "{}"u8.ToArray(), 1)]));
        await Refused("own_kpi_sets_tenant_fkey", () => new OwnKpiStore(world.Database.Database).Change(
            OwnKpiOwner.Tenant(Isolated.A), Tester, _ => [new OwnKpiChange("again", "{}")]));
        await Finish(erasure);
        Assert.All((await Rows(world, Isolated.A)).Values, rows => Assert.Equal(0, rows));
    }

    [Fact]
    public async Task An_id_is_never_used_again()
    {
        await using var world = await World.Create(Isolated.A, Isolated.B);
        await using var privacy = world.Database.As(DatabaseRoles.Privacy);
        await using var ingest = world.Database.As(DatabaseRoles.Ingest);
        var (erasure, tenants) = (new TenantErasure(privacy), new TenantStore(ingest));
        Assert.True(await erasure.Begin(Isolated.A, Agency.Default, Tester));
        await Assert.ThrowsAsync<TenantDeletedException>(() => tenants.Register(Isolated.A, "again", Agency.Default));
        await Finish(erasure);
        await Assert.ThrowsAsync<TenantDeletedException>(() => tenants.Register(Isolated.A, "again", Agency.Default));

        // A registration that waits for the deletion of the same id.
        await using var deletion = await privacy.For(Isolated.B).Begin();
        foreach (var sql in (string[])[
            "INSERT INTO control.deletions (tenant_id, agency, requested_by) VALUES ($1, 'default', '{}')",
            "DELETE FROM events.tenant_heads WHERE tenant_id = $1",
            "DELETE FROM events.mt_tenant_partitions WHERE partition_value = $1",
            "DELETE FROM control.tenants WHERE id = $1"])
            await deletion.Execute(sql, new object[] { Isolated.B });
        var waiting = tenants.Register(Isolated.B, "again", Agency.Default);
        await Task.Delay(200);
        Assert.False(waiting.IsCompleted);
        await deletion.Commit();
        await Assert.ThrowsAsync<TenantDeletedException>(() => waiting);
    }

    [Fact]
    public async Task Keys_of_the_tenant_alone_go_and_others_lose_it()
    {
        await using var world = await World.Create(Isolated.A, Isolated.B);
        var keys = new KeyStore(world.Database.Database);
        var alone = await keys.Create("alone", Agency.Default, Scopes.Query, [Isolated.A], null);
        var both = await keys.Create("both", Agency.Default, Scopes.Query, [Isolated.A, Isolated.B], null);
        var all = await keys.Create("all", Agency.Default, Scopes.Query, null, null);
        await using var privacy = world.Database.As(DatabaseRoles.Privacy);
        Assert.True(await new TenantErasure(privacy).Begin(Isolated.A, Agency.Default, Tester));
        Assert.Null(await keys.Authenticate(alone.Text));
        Assert.Equal([Isolated.B], (await keys.Authenticate(both.Text))!.Tenants);
        Assert.Null((await keys.Authenticate(all.Text))!.Tenants);
    }

    [Fact]
    public async Task A_key_that_was_made_at_the_moment_of_the_request_goes_before_the_end()
    {
        await using var world = await World.Create(Isolated.A, Isolated.B);
        var keys = new KeyStore(world.Database.Database);
        var late = await keys.Create("late", Agency.Default, Scopes.Query, [Isolated.B], null);
        await using var privacy = world.Database.As(DatabaseRoles.Privacy);
        var erasure = new TenantErasure(privacy);
        Assert.True(await erasure.Begin(Isolated.A, Agency.Default, Tester));
        await world.Database.Execute("UPDATE control.api_keys SET tenants = '{alpha}' WHERE name = 'late'");
        await Finish(erasure);
        Assert.Null(await keys.Find(late.Key.Id));
        Assert.Equal(1, (await erasure.Find(Isolated.A))!.Erased["control.api_keys"]);
    }

    [Fact]
    public async Task A_tenant_of_another_agency_or_of_nobody_stays_as_it_is()
    {
        await using var world = await Isolated.TwoTenants(200);
        await using var privacy = world.Database.As(DatabaseRoles.Privacy);
        var before = await Rows(world, Isolated.A);
        var erasure = new TenantErasure(privacy);
        Assert.False(await erasure.Begin(Isolated.A, "another", Tester));
        Assert.False(await erasure.Begin("nobody", Agency.Default, Tester));
        Assert.Equal(before, await Rows(world, Isolated.A));
        Assert.Empty(await erasure.Open(10));
        Assert.Null(await erasure.Find(Isolated.A));
    }

    [Fact]
    public async Task What_is_held_in_memory_goes_with_the_request()
    {
        await using var world = await Isolated.TwoTenants(300);
        await using var query = world.Database.As(DatabaseRoles.Query);
        await using var cubes = new TenantCubes(query);
        var told = new System.Collections.Concurrent.ConcurrentQueue<string?>();
        cubes.WhenForgotten(told.Enqueue);
        Assert.NotNull(await cubes.Get(Isolated.A, [Domain.Cube.Measures.LeadsCreated]));
        Assert.True(cubes.Bytes > 0);
        await using var privacy = world.Database.As(DatabaseRoles.Privacy);
        // The listener may still be connecting.
        await Until(async () => await world.Database.Scalar<bool>(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN crmkpi_cube%')"));
        Assert.True(await new TenantErasure(privacy).Begin(Isolated.A, Agency.Default, Tester));
        await Until(() => Task.FromResult(!told.IsEmpty && cubes.Bytes == 0));
        Assert.Equal(Isolated.A, told.First());
        Assert.Null(await cubes.Get(Isolated.A, [Domain.Cube.Measures.LeadsCreated]));
    }

    private static async Task Finish(TenantErasure erasure)
    {
        while (await erasure.Find(Isolated.A) is { FinishedAt: null })
            await erasure.Step(Isolated.A);
    }

    private static async Task Until(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 600 && !await holds(); i++)
            await Task.Delay(50);
        Assert.True(await holds());
    }

    private static async Task Refused(string constraint, Func<Task> act)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(act);
        Assert.Equal((PostgresErrorCodes.ForeignKeyViolation, constraint), (error.SqlState, error.ConstraintName));
    }

    /// <summary>Rows of a tenant by table, as the owner sees them.</summary>
    private static async Task<SortedDictionary<string, long>> Rows(World world, string tenant)
    {
        var rows = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in (await RightsTests.Tables(world.Database)).Where(t => !RightsTests.IsPartition(t)))
        {
            var condition = table switch
            {
                "control.tenants" => "id = $1",
                "control.own_kpis" or "control.own_kpi_sets" => "owner = 'tenant/' || $1",
                "events.mt_tenant_partitions" => "partition_value = $1",
                "control.deletions" => null,
                // Goes on counting for the agency, without the name; a trigger moves it.
                "control.usage_days" => null,
                "events.mt_event_progression" => "name LIKE '%:' || $1",
                _ => await world.Database.Scalar<bool>(
                    "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = $1::regclass AND attname = 'tenant_id')", table)
                    ? "tenant_id = $1" : null,
            };
            if (condition is not null)
                rows[table] = await world.Database.Scalar<long>($"SELECT count(*) FROM {table} WHERE {condition}", tenant);
        }
        return rows;
    }
}
