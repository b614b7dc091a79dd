using System.Text;
using CrmKpi.EventLog;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Projections.Lanes;
using CrmKpi.Projections.Moving;
using CrmKpi.ReadModels.Generations;
using CrmKpi.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace CrmKpi.ReadModels.Tests.Moving;

/// <summary>
/// An installation of two databases, each with lanes that work: tenants and events as ingestion sees them, moves as projections do.
/// </summary>
internal sealed class TwoDatabases : IAsyncDisposable
{
    public const string Second = "second";

    private readonly TestDatabase _main;
    private readonly TestDatabase _second;
    private readonly List<Database> _opened = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _lanes = Task.CompletedTask;

    private TwoDatabases(TestDatabase main, TestDatabase second, TimeSpan clearAfter)
    {
        (_main, _second) = (main, second);
        Ingest = Open(DatabaseRoles.Ingest);
        Log = new EventLog.EventLog(Ingest);
        Privacy = Open(DatabaseRoles.Privacy);
        Query = Open(DatabaseRoles.Query);
        Moving = new TenantMoving(Privacy, MoveLimits.Default with { ClearAfter = clearAfter });
    }

    public Database Ingest { get; }
    public Database Privacy { get; }
    public Database Query { get; }
    public EventLog.EventLog Log { get; }
    public TenantMoving Moving { get; }

    /// <summary>Makes it, with its lanes running.</summary>
    public static Task<TwoDatabases> Create(params string[] tenants) => Create(TimeSpan.FromMilliseconds(200), tenants);

    /// <summary>Makes it with old copies that stay for some time: a short one, so that tests need not wait.</summary>
    public static async Task<TwoDatabases> Create(TimeSpan clearAfter, params string[] tenants)
    {
        var two = new TwoDatabases(await TestDatabase.Create(), await TestDatabase.Create(), clearAfter);
        foreach (var database in two._opened)
            await database.Homes!.Refresh();
        foreach (var tenant in tenants)
            await new TenantStore(two.Ingest).Register(tenant, tenant, TenantStore.DefaultAgency);
        two._lanes = Task.WhenAll(two.RunLanes(two._main), two.RunLanes(two._second));
        return two;
    }

    /// <summary>Another process: with a pool of its own, and its own knowledge of where tenants live.</summary>
    public Database Open(string role)
    {
        var main = new Database(_main.ConnectionString, role);
        var database = Database.Spread(
            main, [new Database(_second.ConnectionString, role, Second)], new TenantHomes(main));
        _opened.Add(database);
        return database;
    }

    /// <summary>One of the databases, by the login that sees everything.</summary>
    public TestDatabase At(string name) => name == Second ? _second : _main;

    public async Task<AppendResult> Append(string tenant, IEnumerable<SampleEvent> events, CancellationToken ct = default) =>
        await Log.Append(tenant, [.. events.Select(e => new NewEvent(
            "sample", e.Id, e.Type, e.Subject, e.Time, Encoding.UTF8.GetBytes(e.Data)))], ct: ct);

    /// <summary>Begins a move and takes its steps until it is over.</summary>
    public async Task<TenantMove> Move(string tenant, string target)
    {
        await Moving.Begin(tenant, target, ActedBy.Process("test"));
        return await Finish(tenant);
    }

    public async Task<TenantMove> Finish(string tenant)
    {
        while (true)
        {
            if (await Moving.Find(tenant) is { FinishedAt: not null } over)
                return over;
            if (!await Moving.Step(tenant))
                await Task.Delay(20);
        }
    }

    /// <summary>
    /// Everything that there is of a tenant is in one database, and it is what was acknowledged: the log without a gap, its
    /// streams, and read models that are the fold of it.
    /// </summary>
    public async Task AssertLivesIn(string name, string tenant, IReadOnlyList<SampleEvent> events)
    {
        foreach (var database in _opened)
            await database.Homes!.Refresh();
        Assert.Equal(name, Ingest.Home(tenant).Name);
        Assert.Equal(events.Count, await Log.Head(tenant));
        var stored = await Log.Read(tenant, 0, int.MaxValue);
        Assert.Equal(events.Select(e => e.Id), stored.Select(e => e.SourceId));
        Assert.Equal(Enumerable.Range(1, events.Count).Select(i => (long)i), stored.Select(e => e.Sequence));
        var at = At(name);
        Assert.Equal(
            await at.Scalar<string>(
                "SELECT string_agg(stream_id || ' ' || v, ',' ORDER BY stream_id) FROM (SELECT stream_id, max(version) AS v "
                + "FROM events.mt_events WHERE tenant_id = $1 GROUP BY stream_id) s", tenant),
            await at.Scalar<string>(
                "SELECT string_agg(id || ' ' || version, ',' ORDER BY id) FROM events.mt_streams WHERE tenant_id = $1", tenant));

        var generations = new GenerationStore(at.Database);
        await Lanes.GenerationTests.WaitFor(async () => (await generations.Status(tenant))?.Sequence == events.Count);
        await using var cubes = new TenantCubes(Query);
        var snapshot = await cubes.Get(tenant, Domain.Cube.Measures.All, events.Count);
        Assert.Equal(World.ExpectedCells(stored), World.Cells(snapshot!));
        await AssertNothingIn(name == Second ? Database.MainName : Second, tenant);
    }

    public async Task AssertNothingIn(string name, string tenant)
    {
        var at = At(name);
        foreach (var table in await TenantTables(at))
            Assert.True(
                0 == await at.Scalar<long>($"SELECT count(*) FROM {table} WHERE tenant_id = $1", tenant),
                $"There are rows of '{tenant}' in {table} of '{name}'.");
        Assert.Equal(0, await at.Scalar<long>(
            "SELECT count(*) FROM events.mt_tenant_partitions WHERE partition_value = $1", tenant));
        if (name == Second)
            Assert.Equal(0, await at.Scalar<long>("SELECT count(*) FROM control.tenants WHERE id = $1", tenant));
    }

    /// <summary>All tables with rows of tenants but those that tell of moves and deletions.</summary>
    public static async Task<IReadOnlyList<string>> TenantTables(TestDatabase at) => (await at.Scalar<string>(
        """
        SELECT string_agg(c.oid::regclass::text, ',' ORDER BY c.oid::regclass::text)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
        WHERE c.relnamespace::regnamespace::text IN ('control', 'events', 'kpi') AND c.relkind IN ('r', 'p')
            AND NOT c.relispartition AND c.relname NOT IN ('moves', 'deletions')
        """)).Split(',');

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _lanes;
        await Log.DisposeAsync();
        foreach (var database in _opened)
            await database.DisposeAsync();
        await _main.DisposeAsync();
        await _second.DisposeAsync();
        _stop.Dispose();
    }

    private async Task RunLanes(TestDatabase at)
    {
        await using var log = new EventLog.EventLog(at.Database);
        await new ProjectionLanes(
            at.Database, at.ConnectionString, log, new LaneOptions { PollSeconds = 0.1, LeaseSeconds = 0.1 },
            NullLogger<ProjectionLanes>.Instance).Run(_stop.Token);
    }
}
