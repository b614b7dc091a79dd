using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>Each KPI of data quality and of automation on a few events.</summary>
public sealed class DataQualityExamplesTests
{
    private static readonly Domain.Periods.Period March = Ask.Period("2025-03-01", "2025-04-01");

    /// <summary>Four leads of March, one of them spam, one a duplicate until April; a deal that is deleted in April.</summary>
    private static readonly LogEvent[] Cards =
    [
        Event(1, "2025-03-01", "lead/a", "lead.created", "{'fields':{'phone':true,'email':true}}"),
        Event(2, "2025-03-02", "lead/b", "lead.created", "{'fields':{'phone':true,'email':false}}"),
        Event(3, "2025-03-03", "lead/c", "lead.created"),
        Event(4, "2025-03-04", "lead/d", "lead.created"),
        Event(5, "2025-03-05", "deal/a", "deal.created", "{'stage':'new'}"),
        Event(6, "2025-03-05", "deal/a", "record.completeness", "{'required':4,'filled':1}"),
        Event(7, "2025-03-06", "lead/b", "duplicate.detected", "{'of':'a'}"),
        Event(8, "2025-03-07", "lead/d", "lead.lost", "{'dead':'spam'}"),
        Event(9, "2025-04-02", "deal/a", "deal.deleted"),
        Event(10, "2025-04-03", "lead/b", "duplicate.resolved", "{'of':'a'}"),
    ];

    [Fact]
    public void Completeness_is_of_the_cards_that_live_at_the_end()
    {
        Assert.Equal((4m, 8m), Parts("card_completeness", March)); // 2 + 1 + 1 of 2 + 2 + 4
        Assert.Equal((3m, 4m), Parts("card_completeness", Ask.Period("2025-04-01", "2025-05-01")));
        Assert.Equal(25, Cube().By("card_completeness", March, Dimensions.Category)["deal"].Value);
        Assert.Null(Cube().Value("card_completeness", Ask.Period("2025-01-01", "2025-02-01")).Value);
    }

    [Fact]
    public void Duplicates_are_a_share_of_the_records_that_live_at_the_end()
    {
        Assert.Equal((1m, 5m), Parts("duplicate_share", March));
        Assert.Equal((0m, 4m), Parts("duplicate_share", Ask.Period("2025-04-01", "2025-05-01")));
        Assert.Equal(25, Cube().By("duplicate_share", March, Dimensions.Category)["lead"].Value);
    }

    [Fact]
    public void Dead_leads_are_a_share_of_the_leads_created() => Assert.Equal((1m, 4m), Parts("dead_lead_share", March));

    [Fact]
    public void The_score_weighs_completeness_twice()
    {
        // 0.5 × 4/8 + 0.25 × (1 − 1/5) + 0.25 × (1 − 1/4)
        Assert.Equal(25m + 20 + 18.75m, Cube().Value("data_quality_score", March).Value);
        // No lead was created in April: there is no share of dead ones, hence no score.
        Assert.Null(Cube().Value("data_quality_score", Ask.Period("2025-04-01", "2025-05-01")).Value);
    }

    [Fact]
    public void A_flawless_tenant_scores_a_hundred() => Assert.Equal(100,
        Of(new TenantSettings(), Cards[0]).Snapshot().Value("data_quality_score", March).Value);

    [Fact]
    public void Automation_is_a_share_of_executions_and_of_processes()
    {
        var cube = Of(new TenantSettings(), Defined(1, "a", "2025-01-01", "true"), Defined(2, "b", "2025-01-01", "false"),
            Defined(3, "b", "2025-03-31", "true"), Defined(4, "c", "2025-03-01", "false"), Defined(5, "d", "2025-04-01", "true"),
            Executed(6, "true", "mailing"), Executed(7, "true", "mailing"), Executed(8, "true", "task"),
            Executed(9, "false", "task")).Snapshot();

        Assert.Equal(75, cube.Value("automation_level", March).Value);
        Assert.Equal(50, cube.By("automation_level", March, Dimensions.Category)["task"].Value);
        Assert.Equal(2, cube.Value("automated_processes", March).Value); // a, b
        Assert.Equal(1, cube.Value("automated_processes", Ask.Period("2025-03-01", "2025-03-31")).Value);
        var share = cube.Value("automated_process_share", March);
        Assert.Equal((2m, 3m), (share.Numerator, share.Denominator)); // a, b of a, b, c
    }

    private static CubeSnapshot Cube() => Of(new TenantSettings(), Cards).Snapshot();

    private static (decimal?, decimal?) Parts(string kpi, Domain.Periods.Period period)
    {
        var value = Cube().Value(kpi, period);
        return (value.Numerator, value.Denominator);
    }

    private static LogEvent Defined(long sequence, string process, string day, string automated) =>
        Event(sequence, day, $"process/{process}", "process.defined", $"{{'name':'{process}','automated':{automated}}}");

    private static LogEvent Executed(long sequence, string automated, string kind) =>
        Event(sequence, "2025-03-05", "process/a", "process.executed", $"{{'automated':{automated},'kind':'{kind}'}}");
}
