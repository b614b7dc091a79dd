using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Tests.Kpis;

public sealed class FunnelTests
{
    private static readonly Domain.Periods.Period March = Ask.Period("2025-03-01", "2025-04-01");
    private static readonly DateOnly Today = new(2025, 5, 1);

    private static CubeSnapshot Cube() => new Story
    {
        Settings = new TenantSettings
        {
            Pipelines = new Dictionary<string, IReadOnlyList<StageDefinition>>
            {
                ["main"] =
                [
                    new("new", "New", StageSemantic.Open, 10), new("offer", "Offer", StageSemantic.Open, null),
                    new("never", "Never entered", StageSemantic.Open, null),
                ],
            },
        },
    }
        .Leads("2025-03-01", 40)
        .Entered("2025-03-02", "offer", 6, 3).Entered("2025-03-02", "new", 10, 6).Entered("2025-03-02", "odd", 1, 0)
        .Opened("2025-03-02", 70, "new", stuckFrom: "2025-03-12").Opened("2025-03-05", 30, "new")
        .Duration(Measures.StageTime, "2025-03-09", 86_400_000, MainStage("new"))
        .Cell(Measures.DealsLost, "2025-03-20", MainStage("offer"), 0, 2, 90_000_000)
        .Cell(Measures.DealsWon, "2025-03-20", Main, 0, 3, 1)
        .Cell(Measures.DealsCreated, "2025-03-02", Main, 0, 10)
        .Cell(Measures.DealsCreated, "2025-03-02", DimensionSet.Of((Dimensions.Pipeline, "side")), 0, 99)
        .Snapshot();

    private static DimensionSet Main => DimensionSet.Of((Dimensions.Pipeline, "main"));

    private static DimensionSet MainStage(string stage) => Main.With(Dimensions.Stage, stage);

    [Fact]
    public void Stages_stand_in_the_order_of_the_settings_and_unknown_ones_behind()
    {
        var funnel = Funnel.Answer(Cube(), "main", March, [], Today, Language.En);
        Assert.Equal(["new", "offer", "never", "odd"], funnel.Stages.Select(s => s.Id));
        Assert.Equal(["New", "Offer", "Never entered", null], funnel.Stages.Select(s => s.Name));
    }

    [Fact]
    public void A_stage_says_what_entered_advanced_stands_stuck_and_was_lost()
    {
        var funnel = Funnel.Answer(Cube(), "main", March, [], Today, Language.En);
        var (first, offer, never) = (funnel.Stages[0], funnel.Stages[1], funnel.Stages[2]);
        Assert.Equal((10m, 6m, 60m), (first.Conversion.Denominator, first.Conversion.Numerator, first.Conversion.Value));
        Assert.Equal((1m, 1m), (first.TimeMean.Value, first.TimeMean.N));
        Assert.Equal((2m, 1m, 50m), (first.Stuck.Denominator, first.Stuck.Numerator, first.Stuck.Value));
        Assert.Equal((100m, 0m), (first.OpenAmount, first.Lost));
        Assert.Equal((2m, 90m), (offer.Lost, offer.LostAmount));
        Assert.Equal((0m, null), (never.Conversion.Denominator, never.Conversion.Value));
    }

    [Fact]
    public void The_summary_goes_from_leads_to_won_deals_of_the_pipeline()
    {
        var funnel = Funnel.Answer(Cube(), "main", March, [], Today, Language.En);
        Assert.Equal((40m, 10m, 3m, 2m), (funnel.Leads.Value, funnel.Deals.Value, funnel.Won.Value, funnel.Lost.Value));
        Assert.Equal(60m, funnel.WinRate.Value);
        Assert.Equal(109m, Funnel.Answer(Cube(), null, March, [], Today, Language.En).Deals.Value);
    }

    [Fact]
    public void Pipelines_are_those_of_settings_and_deals() => Assert.Equal(["main", "side"], Funnel.Pipelines(Cube()));
}
