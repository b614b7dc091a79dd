using CrmKpi.Projections.Lanes;
using CrmKpi.ReadModels.Generations;
using CrmKpi.Testing;

namespace CrmKpi.ReadModels.Tests.Lanes;

public sealed class ExactlyOnceTests
{
    private static readonly LaneOptions SmallBatches = new() { BatchEventsMax = 40, FreshEventsMax = 40, RetryMilliseconds = 1 };

    [Fact]
    public async Task Lanes_that_fight_for_a_tenant_count_each_event_once()
    {
        await using var world = await World.Create("one");
        await world.Append("one", SampleHistory.Events(2_000, seed: 1));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => world.CatchUp("one", SmallBatches))));
        Assert.Equal(2_000, (await world.Live("one")).Sequence);
        Assert.Equal(await world.ExpectedCells("one"), await world.Cells("one", 1));
    }

    [Fact]
    public async Task A_zombie_cannot_commit()
    {
        await using var world = await World.Create("one");
        await world.Append("one", SampleHistory.Events(1_000, seed: 2).Take(300));
        await world.CatchUp("one", new LaneOptions { BatchEventsMax = 100, FreshEventsMax = 100 });
        var zombie = new GenerationLane(await world.Live("one"), world.Services(), await world.Store.LoadDimensions("one"));
        await world.Append("one", SampleHistory.Events(1_000, seed: 2).Skip(300).Take(400));
        await world.CatchUp("one");
        var (cells, facts) = (await world.Cells("one", 1), await world.Facts("one", 1));

        await Assert.ThrowsAsync<LaneLostException>(() => zombie.Advance(700, 50, [], default));

        Assert.Equal(cells, await world.Cells("one", 1));
        Assert.Equal(facts, await world.Facts("one", 1));
        Assert.Equal(await world.ExpectedCells("one"), cells);
    }

    [Fact]
    public async Task A_commit_that_fails_half_way_leaves_nothing_behind()
    {
        await using var world = await World.Create("one");
        await world.Append("one", SampleHistory.Events(1_000, seed: 4).Take(200));
        await world.CatchUp("one");
        await world.Append("one", SampleHistory.Events(1_000, seed: 4).Skip(200).Take(60));
        await world.Database.Execute(
            """
            CREATE FUNCTION kpi.fail() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'; END $$;
            CREATE TRIGGER fail BEFORE INSERT ON kpi.cube FOR EACH STATEMENT EXECUTE FUNCTION kpi.fail();
            """);
        var (cells, facts) = (await world.Cells("one", 1), await world.Facts("one", 1));
        var lane = new TenantLane("one", world.Services(SmallBatches));
        for (var i = 0; i < 8; i++)
            Assert.NotNull((await lane.Turn(true, default)).RetryAfter);
        Assert.Equal(cells, await world.Cells("one", 1));
        Assert.Equal(facts, await world.Facts("one", 1));
        Assert.Equal(200, (await world.Live("one")).Sequence);
        Assert.Null((await world.Live("one")).ParkedReason);

        await world.Database.Execute("DROP TRIGGER fail ON kpi.cube");
        while ((await lane.Turn(true, default)).HasMore)
        {
        }
        Assert.Equal(260, (await world.Live("one")).Sequence);
        Assert.Equal(await world.ExpectedCells("one"), await world.Cells("one", 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_cuts_and_caches_end_in_what_a_rebuild_gives(int seed)
    {
        var random = new Random(seed);
        await using var world = await World.Create("one");
        var events = SampleHistory.Events(600, seed).ToArray();
        random.Shuffle(events);
        for (var at = 0; at < events.Length;)
        {
            var take = random.Next(1, 150);
            await world.Append("one", events.Skip(at).Take(take));
            at += take;
            var size = random.Next(1, 80);
            await world.CatchUp("one", new LaneOptions
            {
                BatchEventsMax = size,
                FreshEventsMax = size,
                BatchBytesMax = random.Next(1_024, 20_000),
                CacheBytesMax = random.Next(3) * 10_000,
            });
        }
        Assert.Equal(await world.ExpectedCells("one"), await world.Cells("one", 1));
        var facts = await world.Facts("one", 1);

        var live = await world.Live("one");
        await world.Generations.Start("one", live.RulesVersion, GenerationStatus.Building, live.Settings, live.CountingKey);
        await world.CatchUp("one");

        var rebuilt = await world.Live("one");
        Assert.Equal(2, rebuilt.Number);
        Assert.Equal(await world.ExpectedCells("one"), await world.Cells("one", 2));
        Assert.Equal(facts, await world.Facts("one", 2));
        Assert.Equal(rebuilt.Number, Assert.Single(await world.Generations.List("one")).Number);
        Assert.Empty(await world.Facts("one", 1));
        Assert.Empty(await world.Cells("one", 1));
    }
}
