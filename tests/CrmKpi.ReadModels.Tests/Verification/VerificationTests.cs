using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Settings;
using CrmKpi.Projections.Lanes;
using CrmKpi.ReadModels.Verification;
using CrmKpi.Testing;

namespace CrmKpi.ReadModels.Tests.Verification;

public sealed class VerificationTests
{
    private static readonly LaneOptions SmallBatches = new() { BatchEventsMax = 60, FreshEventsMax = 60 };

    [Fact]
    public async Task What_is_right_is_found_right()
    {
        await using var world = await Projected();
        var report = await Verify(world);
        Assert.Equal(("done", 0, 400), (report.State, report.Differences, report.Sequence));
        Assert.Equal((await world.ExpectedCells("one")).Count, report.Cells);
        Assert.Equal((await world.Facts("one", 1)).Count, report.Facts);
        Assert.Empty(report.Examples);
        Assert.NotNull(report.FinishedAt);
        Assert.Single(await world.Generations.List("one"));
    }

    [Theory]
    [InlineData("UPDATE kpi.cube SET sum = sum + 1 WHERE measure = 11 AND ctid = (SELECT min(ctid) FROM kpi.cube WHERE measure = 11)", 1, "measure 11")]
    [InlineData("UPDATE kpi.cube SET count = count - 1 WHERE ctid = (SELECT min(ctid) FROM kpi.cube WHERE measure = 1)", 1, "measure 1,")]
    [InlineData("DELETE FROM kpi.cube WHERE ctid = (SELECT min(ctid) FROM kpi.cube WHERE measure = 1)", 1, "measure 1,")]
    [InlineData("INSERT INTO kpi.cube SELECT tenant_id, generation, measure, 1, dims, bucket, 7, 0, 0 FROM kpi.cube WHERE measure = 1 LIMIT 1", 1, "measure 1,")]
    [InlineData("UPDATE kpi.deals SET amount = amount + 1 WHERE id = (SELECT min(id) FROM kpi.deals)", 1, "deals ")]
    [InlineData("DELETE FROM kpi.leads WHERE id = (SELECT min(id) FROM kpi.leads)", 1, "not in the live read model")]
    [InlineData("UPDATE kpi.leads SET folded = folded || '\\x00' WHERE id = (SELECT min(id) FROM kpi.leads)", 1, "leads ")]
    public async Task One_corruption_is_one_difference(string corruption, long differences, string example)
    {
        await using var world = await Projected();
        Assert.Equal(1, await world.Database.Execute(corruption));
        var report = await Verify(world);
        Assert.Equal(("done", differences), (report.State, report.Differences));
        Assert.Contains(report.Examples, text => text.Contains(example, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_damaged_dictionary_is_found()
    {
        await using var world = await Projected();
        await world.Database.Execute(
            """UPDATE kpi.dimension_sets SET "values"[1] = 'somebody else' WHERE id = (SELECT min(dims) FROM kpi.cube WHERE measure = 1)""");
        Assert.NotEqual(0, (await Verify(world)).Differences);
    }

    [Fact]
    public async Task Events_that_come_in_meanwhile_do_no_harm()
    {
        await using var world = await Projected();
        await Start(world);
        var lane = new TenantLane("one", world.Services(SmallBatches));
        for (var i = 0; i < 3; i++)
            await lane.Turn(true, default);
        Assert.Equal("running", (await world.Verifications.Find("one"))!.State);
        lane.Notice(await world.Append("one", SampleHistory.Events(1_000, seed: 1).Skip(400).Take(100)), 0);
        while ((await lane.Turn(true, default)).HasMore)
        {
        }
        var report = (await world.Verifications.Find("one"))!;
        Assert.Equal(("done", 0, 500), (report.State, report.Differences, report.Sequence));
    }

    [Fact]
    public async Task A_rebuild_that_begins_meanwhile_ends_it()
    {
        await using var world = await Projected();
        await Start(world);
        await world.Append("one", "tenant.settings_changed", "tenant", """{"inactivityDays":45}""");
        await world.CatchUp("one", SmallBatches);
        var report = (await world.Verifications.Find("one"))!;
        Assert.Equal("failed", report.State);
        Assert.Contains("rebuilt", report.Detail);
        var live = Assert.Single(await world.Generations.List("one"));
        Assert.Contains("inactivity=45", live.CountingKey);
    }

    private static async Task<World> Projected()
    {
        var world = await World.Create("one");
        await world.Append("one", SampleHistory.Events(1_000, seed: 1).Take(400));
        await world.CatchUp("one", SmallBatches);
        return world;
    }

    private static Task<bool> Start(World world) =>
        world.Verifications.Start("one", Measures.RulesVersion, new SettingsFold().Serialize());

    private static async Task<VerificationReport> Verify(World world)
    {
        Assert.True(await Start(world));
        Assert.False(await Start(world));
        await world.CatchUp("one", SmallBatches);
        return (await world.Verifications.Find("one"))!;
    }
}
