using CrmKpi.Projections.Lanes;
using CrmKpi.ReadModels.Generations;
using CrmKpi.Testing;

namespace CrmKpi.ReadModels.Tests.Lanes;

public sealed class ParkingTests
{
    private static readonly LaneOptions Quick = new() { RetryMilliseconds = 1 };

    /// <summary>Stands for a defect that one event always runs into.</summary>
    private const string Poison =
        """
        CREATE FUNCTION kpi.poison() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            IF NEW.id = 'poison' AND NEW.tenant_id = 'sick' THEN RAISE EXCEPTION 'poisoned'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER poison BEFORE INSERT OR UPDATE ON kpi.deals FOR EACH ROW EXECUTE FUNCTION kpi.poison();
        """;

    [Fact]
    public async Task The_lane_stops_at_the_event_that_fails_and_says_why()
    {
        await using var world = await World.Create("sick", "well");
        await world.Database.Execute(Poison);
        await world.Append("sick", SampleHistory.Events(1_000, seed: 1).Take(300));
        var poisoned = await world.Append("sick", "deal.created", "deal/poison", """{"pipeline":"main","stage":"new"}""");
        await world.Append("sick", SampleHistory.Events(1_000, seed: 1).Skip(300).Take(50));
        await world.Append("well", SampleHistory.Events(1_000, seed: 1).Take(350));

        var lane = new TenantLane("sick", world.Services(Quick));
        while ((await lane.Turn(true, default)).HasMore)
        {
        }
        await world.CatchUp("well", Quick);

        var sick = await world.Live("sick");
        Assert.Equal(poisoned - 1, sick.Sequence);
        Assert.Contains($"Event {poisoned} (deal.created of deal/poison)", sick.ParkedReason);
        Assert.Contains("poisoned", sick.ParkedReason);
        Assert.Contains("poisoned", (await world.Generations.Status("sick"))!.ParkedReason);
        Assert.True(lane.HasParked);
        Assert.Equal(await world.ExpectedCells("sick", poisoned - 1), await world.Cells("sick", 1));
        Assert.Equal(350, (await world.Live("well")).Sequence);

        // A new process tries again, and goes on when the defect is gone.
        await world.Database.Execute("DROP TRIGGER poison ON kpi.deals");
        await world.CatchUp("sick", Quick);
        sick = await world.Live("sick");
        Assert.Equal(351, sick.Sequence);
        Assert.Null(sick.ParkedReason);
        Assert.Equal(await world.ExpectedCells("sick"), await world.Cells("sick", 1));
    }

    [Fact]
    public async Task A_parked_lane_goes_on_after_a_rebuild_is_asked_for()
    {
        await using var world = await World.Create("sick");
        await world.Database.Execute(Poison);
        await world.Append("sick", SampleHistory.Events(1_000, seed: 1).Take(100));
        await world.Append("sick", "deal.created", "deal/poison", """{"pipeline":"main","stage":"new"}""");
        var lane = new TenantLane("sick", world.Services(Quick));
        while ((await lane.Turn(true, default)).HasMore)
        {
        }
        Assert.NotNull((await world.Live("sick")).ParkedReason);
        await world.Database.Execute("DROP TRIGGER poison ON kpi.deals");

        var live = await world.Live("sick");
        var started = await world.Generations.Start(
            "sick", live.RulesVersion, GenerationStatus.Building, live.Settings, live.CountingKey);
        lane.Notice(0, started!.Value);
        while ((await lane.Turn(true, default)).HasMore)
        {
        }

        live = await world.Live("sick");
        Assert.Equal((2, 101), (live.Number, live.Sequence));
        Assert.Null(live.ParkedReason);
        Assert.Equal(await world.ExpectedCells("sick"), await world.Cells("sick", 2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000)]
    public void A_failing_batch_is_narrowed_to_one_event(int batch)
    {
        var retry = new RetryState();
        var rounds = 0;
        while (!retry.IsHopeless(batch, attemptsMax: 3))
        {
            batch = Math.Min(batch, retry.EventsMax ?? batch);
            Assert.InRange(++rounds, 1, 30);
        }
        Assert.Equal(1, batch);
    }

    [Fact]
    public void After_success_batches_grow_again()
    {
        var retry = new RetryState();
        for (var batch = 4_000; !retry.IsHopeless(batch, 1); batch = retry.EventsMax!.Value)
        {
        }
        for (var i = 0; i < 20; i++)
            retry.Succeeded();
        Assert.Null(retry.EventsMax);
    }
}
