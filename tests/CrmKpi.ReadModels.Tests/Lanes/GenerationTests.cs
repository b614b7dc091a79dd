using CrmKpi.Domain.Cube;
using CrmKpi.Projections.Lanes;
using CrmKpi.ReadModels.Generations;
using CrmKpi.Testing;

namespace CrmKpi.ReadModels.Tests.Lanes;

public sealed class GenerationTests
{
    private static readonly LaneOptions SmallBatches = new() { BatchEventsMax = 50, FreshEventsMax = 50 };

    [Fact]
    public async Task Settings_before_the_first_fact_are_taken_in_place()
    {
        await using var world = await World.Create("one");
        await world.Append("one", "tenant.registered", "tenant", """{"name":"One","timeZone":"Europe/Moscow","currency":"RUB"}""");
        await world.CatchUp("one");
        await world.Append("one", "tenant.settings_changed", "tenant", """{"inactivityDays":90}""");
        await world.Append("one", SampleHistory.Events(1_000, seed: 1).Take(100));
        await world.CatchUp("one");
        Assert.Equal(1, (await world.Live("one")).Number);
        Assert.Contains("inactivity=90", (await world.Live("one")).CountingKey);
        Assert.Equal(await world.ExpectedCells("one"), await world.Cells("one", 1));
    }

    [Fact]
    public async Task A_name_is_taken_in_place()
    {
        await using var world = await World.Create("one");
        await world.Append("one", SampleHistory.Events(1_000, seed: 1).Take(100));
        await world.CatchUp("one");
        await world.Append("one", "tenant.settings_changed", "tenant", """{"name":"Other"}""");
        await world.CatchUp("one");
        var live = await world.Live("one");
        Assert.Equal(1, live.Number);
        Assert.Equal("Other", Domain.Settings.SettingsFold.Deserialize(live.Settings).Settings.Name);
    }

    [Theory]
    [InlineData("""{"inactivityDays":45}""")]
    [InlineData("""{"timeZone":"Pacific/Auckland"}""")]
    [InlineData("""{"purchaseSource":"payments"}""")]
    [InlineData("""{"currency":"USD"}""")]
    public async Task A_setting_that_changes_counting_builds_a_generation_while_the_old_one_answers(string setting)
    {
        await using var world = await World.Create("one");
        await using var cubes = new TenantCubes(world.Database.Database);
        await world.Append("one", SampleHistory.Events(1_000, seed: 1).Take(299));
        await world.Append("one", "deal.won", "deal/in-rubles", """{"amount":{"amount":5,"currency":"RUB"}}""");
        await world.CatchUp("one", SmallBatches);
        var before = await world.Cells("one", 1);
        var countedBefore = (await world.Live("one")).CountingKey;
        await world.Append("one", "tenant.settings_changed", "tenant", setting);

        var lane = new TenantLane("one", world.Services(SmallBatches));
        await lane.Turn(true, default);
        var building = (await world.Generations.List("one")).Single(g => g.Status == GenerationStatus.Building);
        Assert.Equal((2, 0), (building.Number, building.Sequence));
        var answers = 0;
        while ((await lane.Turn(true, default)).HasMore)
        {
            var live = await world.Live("one");
            if (live.Number != 1)
                continue;
            answers++;
            var snapshot = (await cubes.Get("one", Measures.All, minSequence: 301))!;
            Assert.Equal((1, countedBefore), (snapshot.Generation, snapshot.Settings.CountingKey));
            Assert.Equal(before, World.Cells(snapshot));
        }

        Assert.InRange(answers, 4, 10);
        Assert.Equal(2, (await world.Live("one")).Number);
        Assert.Equal(await world.ExpectedCells("one"), await world.Cells("one", 2));
        Assert.NotEqual(before, await world.Cells("one", 2));
        await WaitFor(async () =>
        {
            var snapshot = (await cubes.Get("one", Measures.All))!;
            return snapshot.Generation == 2 && snapshot.Settings.CountingKey != countedBefore;
        });
        Assert.Equal(await world.Cells("one", 2), World.Cells((await cubes.Get("one", Measures.All))!));
    }

    [Fact]
    public async Task A_rate_of_exchange_is_a_fact_and_builds_nothing_anew()
    {
        await using var world = await World.Create("one");
        await world.Append("one", "deal.won", "deal/1", """{"amount":{"amount":5,"currency":"USD"}}""");
        await world.CatchUp("one");
        for (var day = 1; day <= 3; day++)
            await world.Append(
                "one", "fx.rate_set", "tenant", $$"""{"day":"2024-01-0{{day}}","from":"USD","to":"RUB","rate":9{{day}}.5}""");
        await world.CatchUp("one");

        Assert.Equal((1, 4), ((await world.Live("one")).Number, (await world.Live("one")).Sequence));
        var cells = await world.Cells("one", 1);
        Assert.Equal(await world.ExpectedCells("one"), cells);
        Assert.Equal(
            3, cells.Count(cell => cell.StartsWith($"{Measures.FxRate.Id} ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Settings_that_change_again_while_a_generation_is_built_count_in_the_end()
    {
        await using var world = await World.Create("one");
        await world.Append("one", SampleHistory.Events(1_000, seed: 1).Take(300));
        await world.CatchUp("one");
        await world.Append("one", "tenant.settings_changed", "tenant", """{"inactivityDays":45}""");
        var lane = new TenantLane("one", world.Services(SmallBatches));
        for (var i = 0; i < 3; i++)
            await lane.Turn(true, default);
        var last = await world.Append("one", "tenant.settings_changed", "tenant", """{"timeZone":"Asia/Tokyo"}""");
        lane.Notice(last, 0);
        while ((await lane.Turn(true, default)).HasMore)
        {
        }

        var live = Assert.Single(await world.Generations.List("one"));
        Assert.Equal((GenerationStatus.Live, last), (live.Status, live.Sequence));
        Assert.Contains("Asia/Tokyo", live.CountingKey);
        Assert.Contains("inactivity=45", live.CountingKey);
        Assert.Equal(await world.ExpectedCells("one"), await world.Cells("one", live.Number));
    }

    [Fact]
    public async Task Read_models_of_older_rules_are_rebuilt_and_answer_meanwhile()
    {
        await using var world = await World.Create("one");
        await world.Append("one", SampleHistory.Events(1_000, seed: 1).Take(200));
        await world.CatchUp("one");
        await world.Database.Execute("UPDATE kpi.generations SET rules_version = 0");
        await world.Append("one", SampleHistory.Events(1_000, seed: 1).Skip(200).Take(60));
        var lane = new TenantLane("one", world.Services(SmallBatches));
        await lane.Turn(true, default);
        Assert.Equal((1, 200), ((await world.Live("one")).Number, (await world.Live("one")).Sequence));
        while ((await lane.Turn(true, default)).HasMore)
        {
        }
        var live = await world.Live("one");
        Assert.Equal((2, Measures.RulesVersion, 260), (live.Number, live.RulesVersion, live.Sequence));
        Assert.Equal(await world.ExpectedCells("one"), await world.Cells("one", 2));
    }

    [Fact]
    public async Task Read_models_of_newer_rules_are_left_alone()
    {
        await using var world = await World.Create("one");
        await world.Append("one", SampleHistory.Events(1_000, seed: 1).Take(50));
        await world.CatchUp("one");
        await world.Database.Execute("UPDATE kpi.generations SET rules_version = 1000000");
        await world.Append("one", SampleHistory.Events(1_000, seed: 1).Take(60));
        await world.CatchUp("one");
        Assert.Equal(50, (await world.Live("one")).Sequence);
    }

    [Fact]
    public async Task One_build_at_a_time()
    {
        await using var world = await World.Create("one");
        await world.Append("one", SampleHistory.Events(1_000, seed: 1).Take(50));
        await world.CatchUp("one");
        var live = await world.Live("one");
        var started = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => world.Generations.Start(
            "one", live.RulesVersion, GenerationStatus.Building, live.Settings, live.CountingKey)));
        Assert.Single(started, number => number is not null);
    }

    internal static async Task WaitFor(Func<Task<bool>> condition)
    {
        for (var i = 0; i < 1_000; i++)
        {
            if (await condition())
                return;
            await Task.Delay(10);
        }
        Assert.Fail("It did not happen within ten seconds.");
    }
}
