using CrmKpi.Projections.Lanes;
using CrmKpi.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace CrmKpi.ReadModels.Tests.Lanes;

public sealed class ProjectionLanesTests
{
    [Fact]
    public async Task Tenants_are_brought_forward_as_their_logs_move_until_the_lanes_are_stopped()
    {
        var tenants = Enumerable.Range(0, 5).Select(i => $"t{i}").ToArray();
        await using var world = await World.Create(tenants);
        await world.Append("t0", SampleHistory.Events(1_000, seed: 1));
        var lanes = Lanes(world);
        using var stop = new CancellationTokenSource();
        var running = lanes.Run(stop.Token);
        foreach (var tenant in tenants)
            await world.Append(tenant, SampleHistory.Events(1_000, seed: 1).Take(300));
        await GenerationTests.WaitFor(async () => (await world.Generations.Status("t0"))?.Sequence == 1_000);
        foreach (var tenant in tenants[1..])
            await GenerationTests.WaitFor(async () => (await world.Generations.Status(tenant))?.Sequence == 300);
        Assert.Equal((Slots.Count, 1), (lanes.HeldSlots, lanes.Processes));

        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, lanes.HeldSlots);
        foreach (var tenant in tenants)
            Assert.Equal(await world.ExpectedCells(tenant), await world.Cells(tenant, 1));
    }

    [Fact]
    public async Task A_lost_session_is_followed_by_another()
    {
        await using var world = await World.Create("one");
        var lanes = Lanes(world);
        using var stop = new CancellationTokenSource();
        var running = lanes.Run(stop.Token);
        await GenerationTests.WaitFor(() => Task.FromResult(lanes.HeldSlots == Slots.Count));
        await world.Database.Execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'crmkpi lanes' AND datname = current_database()");
        await GenerationTests.WaitFor(() => Task.FromResult(lanes.HeldSlots == 0));
        await world.Append("one", SampleHistory.Events(200, seed: 1));
        await GenerationTests.WaitFor(async () => (await world.Generations.Status("one"))?.Sequence == 200);
        Assert.Equal(await world.ExpectedCells("one"), await world.Cells("one", 1));
        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static ProjectionLanes Lanes(World world) => new(
        world.Database.Database, world.Database.ConnectionString, world.Log,
        new LaneOptions { PollSeconds = 0.1, LeaseSeconds = 0.1 }, NullLogger<ProjectionLanes>.Instance);
}
