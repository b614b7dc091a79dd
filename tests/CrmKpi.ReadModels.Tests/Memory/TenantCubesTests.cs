using CrmKpi.Domain.Cube;
using CrmKpi.Projections.Lanes;
using CrmKpi.ReadModels.Generations;
using CrmKpi.ReadModels.Memory;
using CrmKpi.Testing;

namespace CrmKpi.ReadModels.Tests.Memory;

public sealed class TenantCubesTests
{
    private static readonly Measure[] Some = [Measures.LeadsCreated, Measures.DealsWon];
    private static readonly LaneOptions SmallBatches = new() { BatchEventsMax = 25, FreshEventsMax = 25 };

    [Fact]
    public async Task A_tenant_without_read_models_has_no_snapshot()
    {
        await using var world = await World.Create("one");
        await using var cubes = new TenantCubes(world.Database.Database);
        Assert.Null(await cubes.Get("one", Some));
        Assert.Null(await cubes.Get("nobody", Some));
        Assert.Null(await cubes.Status("one"));
    }

    [Fact]
    public async Task Measures_are_loaded_as_they_are_asked_for()
    {
        await using var world = await Projected(500);
        await using var cubes = new TenantCubes(world.Database.Database);
        var first = (await cubes.Get("one", Some))!;
        Assert.Equal(Some.Select(m => m.Id).Order(), first.Columns.Keys.Order());
        var second = (await cubes.Get("one", [Measures.DealsOpen]))!;
        Assert.Equal(3, second.Columns.Count);
        Assert.Same(first.Column(Measures.DealsWon), second.Column(Measures.DealsWon));
        Assert.Same(second, await cubes.Get("one", Some));
        var all = (await cubes.Get("one", Measures.All))!;
        Assert.Equal(500, all.Sequence);
        Assert.Equal(await world.ExpectedCells("one"), World.Cells(all));
    }

    [Fact]
    public async Task A_refresh_brings_every_change_and_keeps_columns_that_did_not_change()
    {
        await using var world = await Projected(300);
        await using var cubes = new TenantCubes(world.Database.Database);
        var held = (await cubes.Get("one", Measures.All))!;
        foreach (var part in SampleHistory.Events(1_000, seed: 1).Skip(300).Take(400).Chunk(57))
        {
            var last = await world.Append("one", part);
            await world.CatchUp("one", SmallBatches);
            held = (await cubes.Get("one", Measures.All, minSequence: last))!;
            Assert.Equal(last, held.Sequence);
            Assert.Equal(await world.Cells("one", 1), World.Cells(held));
        }
        var sequence = await world.Append("one", "survey.responded", "survey/late", """{"kind":"nps","score":9,"scaleMax":10}""");
        await world.CatchUp("one");
        var after = (await cubes.Get("one", Measures.All, minSequence: sequence))!;
        Assert.Same(held.Column(Measures.DealsWon), after.Column(Measures.DealsWon));
        Assert.NotSame(held.Column(Measures.SurveyNps), after.Column(Measures.SurveyNps));
        Assert.Equal(await world.ExpectedCells("one"), World.Cells(after));
    }

    [Fact]
    public async Task A_snapshot_that_is_too_far_behind_is_loaded_anew()
    {
        await using var world = await Projected(100);
        await using var cubes = new TenantCubes(world.Database.Database);
        await cubes.Get("one", Measures.All);
        await world.Append("one", SampleHistory.Events(1_000, seed: 1).Skip(100).Take(700));
        await world.CatchUp("one", new LaneOptions { BatchEventsMax = 10, FreshEventsMax = 10 });
        Assert.InRange(await world.Database.Scalar<long>("SELECT count(*) FROM kpi.cube_changes"), 1, 40);
        var snapshot = (await cubes.Get("one", Measures.All, minSequence: 800))!;
        Assert.Equal(await world.ExpectedCells("one"), World.Cells(snapshot));
    }

    [Fact]
    public async Task Changes_beyond_64_bits_arrive_exactly()
    {
        await using var world = await Projected(50);
        var wide = (Int128)long.MaxValue * long.MaxValue;
        await world.Database.Execute(
            $"UPDATE kpi.cube SET sum = {wide}, sum_of_squares = -{wide} WHERE ctid = (SELECT min(ctid) FROM kpi.cube WHERE measure = 1)");
        await using var cubes = new TenantCubes(world.Database.Database);
        var column = (await cubes.Get("one", Some))!.Column(Measures.LeadsCreated);
        Assert.Contains(wide, column.Sums.ToArray());
        Assert.Contains(-wide, column.Squares.ToArray());
    }

    [Fact]
    public async Task Waiting_for_a_sequence_ends_when_it_is_there_or_when_time_is_up()
    {
        await using var world = await Projected(100);
        await using var cubes = new TenantCubes(
            world.Database.Database, new TenantCubesOptions { SequenceWaitMax = TimeSpan.FromMilliseconds(300) });
        await Assert.ThrowsAsync<TimeoutException>(async () => await cubes.Get("one", Some, minSequence: 101));

        await using var patient = new TenantCubes(world.Database.Database);
        var waiting = patient.Get("one", Some, minSequence: 160).AsTask();
        await world.Append("one", SampleHistory.Events(1_000, seed: 1).Skip(100).Take(60));
        await world.CatchUp("one");
        Assert.Equal(160, (await waiting)!.Sequence);
        using var cancelled = new CancellationTokenSource(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await patient.Get("one", Some, minSequence: 1_000, cancelled.Token));
    }

    [Fact]
    public async Task Without_notifications_the_probe_finds_what_is_new()
    {
        await using var world = await Projected(100);
        await using var cubes = new TenantCubes(
            world.Database.Database, new TenantCubesOptions { ProbeInterval = TimeSpan.FromMilliseconds(40) });
        await cubes.Get("one", Some);
        await world.Append("one", SampleHistory.Events(1_000, seed: 1).Skip(100).Take(20));
        await world.CatchUp("one");
        await Lanes.GenerationTests.WaitFor(async () => (await cubes.Get("one", Some))!.Sequence == 120);
    }

    [Fact]
    public async Task A_new_generation_replaces_what_is_held()
    {
        await using var world = await Projected(300);
        await using var cubes = new TenantCubes(world.Database.Database);
        Assert.Equal(1, (await cubes.Get("one", Measures.All))!.Generation);
        var live = await world.Live("one");
        await world.Generations.Start("one", live.RulesVersion, GenerationStatus.Building, live.Settings, live.CountingKey);
        await world.CatchUp("one");
        await Lanes.GenerationTests.WaitFor(async () => (await cubes.Get("one", Some))!.Generation == 2);
        Assert.Equal(await world.ExpectedCells("one"), World.Cells((await cubes.Get("one", Measures.All))!));
    }

    [Fact]
    public async Task The_byte_budget_holds_and_evicted_tenants_come_back()
    {
        var tenants = Enumerable.Range(0, 6).Select(i => $"t{i}").ToArray();
        await using var world = await World.Create(tenants);
        foreach (var tenant in tenants)
        {
            await world.Append(tenant, SampleHistory.Events(300, seed: tenant[1]));
            await world.CatchUp(tenant);
        }
        await using var roomy = new TenantCubes(world.Database.Database);
        await roomy.Get("t0", Measures.All);
        var budget = roomy.Bytes * 5 / 2;
        await using var cubes = new TenantCubes(world.Database.Database, new TenantCubesOptions { BytesMax = budget });
        for (var round = 0; round < 3; round++)
            foreach (var tenant in tenants)
            {
                Assert.Equal(await world.ExpectedCells(tenant), World.Cells((await cubes.Get(tenant, Measures.All))!));
                Assert.InRange(cubes.Bytes, 1, budget);
            }

        await using var tight = new TenantCubes(world.Database.Database, new TenantCubesOptions { BytesMax = 1 });
        await tight.Get("t0", Measures.All);
        Assert.Equal(Some.Length, (await tight.Get("t0", Some))!.Columns.Count(c => Some.Any(m => m.Id == c.Key)));
    }

    [Fact]
    public async Task Many_callers_share_one_load()
    {
        await using var world = await Projected(300);
        await using var cubes = new TenantCubes(world.Database.Database);
        var snapshots = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => cubes.Get("one", Some).AsTask())));
        Assert.Single(snapshots.Select(s => s!.Column(Measures.DealsWon)).Distinct(ReferenceEqualityComparer.Instance));
    }

    private static async Task<World> Projected(int events)
    {
        var world = await World.Create("one");
        await world.Append("one", SampleHistory.Events(1_000, seed: 1).Take(events));
        await world.CatchUp("one");
        return world;
    }
}
