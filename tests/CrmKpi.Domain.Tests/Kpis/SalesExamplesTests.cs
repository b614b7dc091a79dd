using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>Each sales KPI on a few facts.</summary>
public sealed class SalesExamplesTests
{
    private const long Minute = 60_000;
    private const long Day = 86_400_000;

    private static readonly Domain.Periods.Period March = Ask.Period("2025-03-01", "2025-04-01");

    [Fact]
    public void Leads_of_march_are_counted_where_they_were_created_whenever_they_convert()
    {
        var cube = new Story()
            .Leads("2025-02-28", 10, convertedAfter: 3) // of February, though converted in March
            .Leads("2025-03-01", 5, convertedAfter: 30)
            .Leads("2025-03-31", 1, convertedAfter: 31)
            .Leads("2025-03-31", 14)
            .Snapshot();

        Assert.Equal(20, cube.Value("leads_created", March).Value);
        Assert.Equal((30m, 6m, 20m, 20m), Full(cube.Value("lead_conversion", March)));
        Assert.Equal((25m, 5m, 20m, 20m), Full(cube.Value("lead_conversion.within30", March)));
        Assert.Equal(0m, cube.Value("lead_conversion.within29", March).Value);
    }

    [Fact]
    public void Fifty_leads_a_day_at_twelve_and_at_twenty_eight_percent_are_six_and_fourteen_sales()
    {
        var before = new Story().Leads("2025-03-01", 6, convertedAfter: 1).Leads("2025-03-01", 44).Snapshot();
        var after = new Story().Leads("2025-03-01", 14, convertedAfter: 1).Leads("2025-03-01", 36).Snapshot();

        Assert.Equal(12m, before.Value("lead_conversion", March).Value);
        Assert.Equal(28m, after.Value("lead_conversion", March).Value);
        Assert.Equal(
            8, after.Value("lead_conversion", March).Numerator - before.Value("lead_conversion", March).Numerator);
    }

    [Theory]
    [InlineData(100, 80, 75)]
    [InlineData(60, 80, 75)]
    [InlineData(80, 80, 100)]
    [InlineData(500, 80, 0)]
    public void Forecast_accuracy_is_how_near_the_forecast_came_but_never_below_nothing(int forecast, int won, int accuracy)
    {
        var cube = new Story().Won("2025-03-02", won, "ann")
            .Cell(Measures.Forecast, "2025-03-01", DimensionSet.Of((Dimensions.Manager, "ann")), 0, 1, forecast * 1_000_000L)
            .Snapshot();

        Assert.Equal(accuracy, cube.Value("forecast_accuracy", March).Value);
        Assert.Equal(accuracy, cube.By("forecast_accuracy", March, Dimensions.Manager)["ann"].Value);
    }

    [Fact]
    public void Without_a_forecast_or_without_sales_there_is_no_accuracy()
    {
        var story = new Story().Won("2025-03-02", 80)
            .Cell(Measures.Forecast, "2025-04-01", DimensionSet.Empty, 0, 1, 5_000_000);

        Assert.Null(story.Snapshot().Value("forecast_accuracy", March).Value);
        Assert.Null(story.Snapshot().Value("forecast_accuracy", Ask.Period("2025-04-01", "2025-05-01")).Value);
    }

    [Fact]
    public void Deals_are_counted_where_they_were_created_won_and_lost()
    {
        var cube = new Story().Cell(Measures.DealsCreated, "2025-03-31", DimensionSet.Empty, 0, 7)
            .Cell(Measures.DealsCreated, "2025-04-01", DimensionSet.Empty, 0, 1)
            .Won("2025-03-01", 5).Won("2025-03-02", 6).Lost("2025-03-31", 1).Lost("2025-02-28", 1).Snapshot();

        Assert.Equal(7, cube.Value("deals_created", March).Value);
        Assert.Equal(2, cube.Value("deals_won", March).Value);
        Assert.Equal(1, cube.Value("deals_lost", March).Value);
    }

    /// <summary>One, two and nine hours: 4 on average, 2 in the middle, 2 + 0.8 × 7 = 7.6 for nine of ten.</summary>
    [Theory]
    [InlineData("sales_cycle.mean", "sales_cycle.median", "sales_cycle.p90", "sales_cycle", 24)]
    [InlineData("lead_processing_time.mean", "lead_processing_time.median", "lead_processing_time.p90", "lead_processing_time", 24)]
    [InlineData("stage_time.mean", "stage_time.median", "stage_time.p90", "stage_time", 24)]
    [InlineData("response_time.mean", "response_time.median", "response_time.p90", "response_time", 1.0 / 60)]
    [InlineData("response_time_working.mean", "response_time_working.median", "response_time_working.p90",
        "response_time_working", 1.0 / 60)]
    [InlineData("first_contact_time.mean", "first_contact_time.median", "first_contact_time.p90", "first_contact_time", 1.0 / 60)]
    public void A_duration_has_a_mean_a_median_and_a_ninth_decile(
        string mean, string median, string p90, string measure, double hoursPerUnit)
    {
        var story = new Story();
        foreach (var hours in new[] { 1, 2, 9 })
            story.Duration(Measures.Find(measure)!, "2025-03-05", hours * 60 * Minute);
        var cube = story.Snapshot();

        Assert.Equal(4 / hoursPerUnit, (double)cube.Value(mean, March).Value!.Value, 6);
        Assert.Equal(2 / hoursPerUnit, (double)cube.Value(median, March).Value!.Value, 0.02 / hoursPerUnit);
        Assert.Equal(7.6 / hoursPerUnit, (double)cube.Value(p90, March).Value!.Value, 0.076 / hoursPerUnit);
    }

    /// <summary>100 wanted a month, 40 won by the tenth: 60 are missing, and 180 are open.</summary>
    [Fact]
    public void Pipeline_coverage_is_what_is_open_to_what_is_missing_to_the_target()
    {
        var target = new Target
        {
            Kpi = "revenue",
            Value = 100,
            Start = 100,
            Per = TargetPer.Month,
            From = new DateOnly(2025, 1, 1),
            Due = new DateOnly(2025, 12, 31),
            SetAt = DateTimeOffset.UnixEpoch,
            Sequence = 1,
        };
        var cube = new Story { Settings = new() { Currency = "EUR", TargetHistory = [target] } }
            .Won("2025-02-27", 500).Won("2025-03-04", 40).Opened("2025-03-01", 180, "offer").Snapshot();

        Assert.Equal(3, cube.Value("pipeline_coverage", Ask.Period("2025-02-01", "2025-03-11")).Value);
        Assert.Equal(1.8m, cube.Value("pipeline_coverage", March).Value);
        Assert.Null(new Story().Opened("2025-03-01", 180, "offer").Snapshot().Value("pipeline_coverage", March).Value);
    }

    [Fact]
    public void Won_deals_to_leads_may_exceed_a_hundred_percent_and_is_no_sample()
    {
        var value = new Story().Leads("2025-03-01", 1).Won("2025-03-02", 1).Won("2025-03-03", 1).Snapshot()
            .Value("lead_to_deal_conversion", March);
        Assert.Equal(200m, value.Value);
        Assert.Null(value.Interval);
    }

    [Fact]
    public void Win_rate_by_count_and_by_amount()
    {
        var cube = new Story().Won("2025-03-02", 300).Lost("2025-03-03", 50, "price").Lost("2025-03-04", 50)
            .Lost("2025-03-31", 200, "price").Won("2025-04-01", 1_000).Snapshot();

        Assert.Equal((25m, 1m, 4m, 4m), Full(cube.Value("win_rate", March)));
        Assert.Equal((50m, 300m, 600m, null), Full(cube.Value("win_rate_amount", March)));
        Assert.Equal(300, cube.Value("lost_amount", March).Value);
        Assert.Equal(250, cube.By("lost_amount", March, Dimensions.Reason)["price"].Value);
        Assert.Equal(50, cube.By("lost_amount", March, Dimensions.Reason)["(blank)"].Value);
    }

    [Fact]
    public void Average_deal_size_with_its_interval()
    {
        var value = new Story().Won("2025-03-02", 4).Won("2025-03-03", 8).Won("2025-03-04", 6).Won("2025-03-05", 5)
            .Won("2025-03-06", 3).Snapshot().Value("average_deal_size", March);

        Assert.Equal((5.2m, 26m, 5m, 5m), Full(value));
        Assert.Equal(5.2 - 2.7764451051977987 * Math.Sqrt(3.7 / 5), value.Interval!.Value.Low, 9);
    }

    [Fact]
    public void Sales_cycle_mean_median_and_p90_in_days()
    {
        var story = new Story();
        for (var days = 1; days <= 11; days++)
            story.Won("2025-03-10", 1, cycleDays: days == 11 ? 61 : days);
        var cube = story.Snapshot();

        Assert.Equal((55m + 61) / 11, cube.Value("sales_cycle", March).Value);
        Assert.Equal(11, cube.Value("sales_cycle", March).N);
        Near(6, cube.Value("sales_cycle.median", March).Value);
        Near(10, cube.Value("sales_cycle.p90", March).Value);
    }

    [Fact]
    public void Answers_are_timed_in_minutes()
    {
        var cube = new Story()
            .Duration(Measures.ResponseTime, "2025-03-02", 5 * Minute).Duration(Measures.ResponseTime, "2025-03-03", 15 * Minute)
            .Duration(Measures.ResponseTimeWorking, "2025-03-03", 3 * Minute)
            .Duration(Measures.FirstContactTime, "2025-03-04", 90 * Minute)
            .Duration(Measures.LeadProcessingTime, "2025-03-04", 36 * Day / 24)
            .Snapshot();

        Assert.Equal(10, cube.Value("response_time", March).Value);
        Near(10, cube.Value("response_time.median", March).Value);
        Assert.Equal(3, cube.Value("response_time_working", March).Value);
        Assert.Equal(90, cube.Value("first_contact_time", March).Value);
        Assert.Equal(1.5m, cube.Value("lead_processing_time", March).Value);
    }

    [Fact]
    public void Stages_are_answered_one_by_one_unless_asked_otherwise()
    {
        var cube = new Story().Entered("2025-03-02", "new", 10, 6).Entered("2025-03-09", "offer", 6, 3)
            .Duration(Measures.StageTime, "2025-03-09", 2 * Day, DimensionSet.Of((Dimensions.Stage, "new"))).Snapshot();
        var answer = Evaluator.Answer(cube, Ask.Query("stage_conversion,stage_time", March) with { GroupBy = null });

        Assert.Equal(["new", "offer"], answer.Kpis[0].Series.Select(s => s.Key[0]));
        Assert.Equal([60m, 50m], answer.Kpis[0].Series.Select(s => s.Points[0].Value.Value));
        Assert.Equal(["new"], answer.Kpis[1].Series.Select(s => s.Key[0]));
        Assert.Equal(2, answer.Kpis[1].Series[0].Points[0].Value.Value);
        Assert.Equal(56.25m, cube.Value("stage_conversion", March).Value);
    }

    [Fact]
    public void The_pipeline_is_what_is_open_at_the_end()
    {
        var cube = new Story()
            .Opened("2025-01-01", 100, "new", closed: "2025-03-31") // closed on the last day
            .Opened("2025-02-01", 200, "new", stuckFrom: "2025-03-03")
            .Opened("2025-03-31", 400, "offer")
            .Opened("2025-04-01", 800, "offer") // opened the day after
            .Snapshot();

        Assert.Equal(600, cube.Value("pipeline_value", March).Value);
        Assert.Equal(300, cube.Value("weighted_pipeline", March).Value);
        Assert.Equal((50m, 1m, 2m, 2m), Full(cube.Value("stuck_deals_share", March)));
        Assert.Equal(100, cube.By("stuck_deals_share", March, Dimensions.Stage)["new"].Value);
    }

    [Fact]
    public void Managers_count_when_they_did_something_in_the_period()
    {
        var cube = new Story().Won("2025-03-02", 100, "ann").Won("2025-03-03", 200, "ann").Leads("2025-03-04", 3, manager: "bob")
            .Leads("2025-03-04", 3).Leads("2025-02-04", 3, manager: "eve").Opened("2025-03-01", 1, "new").Snapshot();

        Assert.Equal((1m, 2m, 2m, null), Full(cube.Value("deals_per_manager", March)));
        Assert.Equal(150, cube.Value("revenue_per_manager", March).Value);
        Assert.Equal(0.5m, cube.Value("open_load_per_manager", March).Value);
    }

    private static void Near(double expected, decimal? actual) =>
        Assert.InRange((double)actual!.Value, expected * 0.99, expected * 1.01);

    private static (decimal?, decimal?, decimal?, decimal?) Full(KpiValue v) => (v.Value, v.Numerator, v.Denominator, v.N);
}
