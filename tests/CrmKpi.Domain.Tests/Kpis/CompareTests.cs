using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>Comparisons with baseline, a period of one's own and samples.</summary>
public sealed class CompareTests
{
    private static readonly Period January = Ask.Period("2025-01-01", "2025-02-01");
    private static readonly Period Quarter = Ask.Period("2025-01-01", "2025-04-01");
    private static readonly Period Baseline = Ask.Period("2024-10-01", "2025-01-01");

    // 100 leads of the baseline, 12 of them converted; 100 of January, 28 of them; 31 of February.
    private static Story Leads() => new Story
    {
        Settings = new TenantSettings { Currency = "EUR", Baseline = Baseline },
    }.Leads("2024-10-05", 12, convertedAfter: 3).Leads("2024-12-05", 80).Leads("2024-11-30", 8).Leads("2025-01-06", 28, convertedAfter: 1)
        .Leads("2025-01-09", 72).Leads("2025-02-05", 31);

    [Fact]
    public void A_share_is_compared_with_the_baseline_and_tested()
    {
        var point = Compare(Leads(), "lead_conversion", January, ComparisonKind.Baseline).Single();
        Assert.Equal((28m, 12m, 16m), (point.Value.Value, point.Comparison!.Value.Value, point.Change));
        Assert.Equal((Baseline, false), (point.Comparison.Period, point.Comparison.Scaled));
        var difference = point.Comparison.Difference!.Value;
        Assert.Equal(4.677734981047268e-03, difference.P, 1e-12); // R: prop.test(c(28, 12), c(100, 100), correct = FALSE)
        Assert.Equal(5.136776952868756, difference.Interval.Low, 1e-9);
        Assert.Equal(26.86322304713125, difference.Interval.High, 1e-9);
        Assert.True(difference.IsSignificant);
    }

    [Fact]
    public void A_sum_is_brought_to_the_length_of_the_period_compared()
    {
        var point = Compare(Leads(), "leads_created", January, ComparisonKind.Baseline).Single();
        Assert.True(point.Comparison!.Scaled);
        Assert.Equal(100m * 31 / 92, point.Comparison.Value.Value);
        Assert.Null(point.Comparison.Difference);
        var months = Compare(Leads(), "leads_created", Quarter, ComparisonKind.Baseline, Grain.Month);
        Assert.Equal([100m * 31 / 92, 100m * 28 / 92, 100m * 31 / 92], months.Select(p => p.Comparison!.Value.Value!.Value));
        Assert.All(months, p => Assert.Equal(Baseline, p.Comparison!.Period));
        // Three whole months with three: as it is.
        Assert.Equal(100m, Compare(Leads(), "leads_created", Quarter, ComparisonKind.Baseline).Single().Comparison!.Value.Value);
    }

    [Fact]
    public void A_level_and_a_ratio_are_compared_as_they_are()
    {
        var cube = Leads().Opened("2024-11-01", 500, "new").Won("2024-12-01", 40).Won("2024-12-02", 60).Won("2025-01-02", 70);
        Assert.Equal(500m, Compare(cube, "pipeline_value", January, ComparisonKind.Baseline).Single().Comparison!.Value.Value);
        var size = Compare(cube, "average_deal_size", January, ComparisonKind.Baseline).Single().Comparison!;
        Assert.Equal((50m, false, 2m), (size.Value.Value, size.Scaled, size.Value.N));
        Assert.Null(size.Difference); // one deal has no variance
    }

    [Fact]
    public void A_mean_is_compared_as_by_welch()
    {
        var story = new Story();
        foreach (var amount in new[] { 4, 8, 6, 5, 3 })
            story.Won("2025-01-07", amount);
        foreach (var amount in new[] { 9, 7, 8, 10, 6 })
            story.Won("2024-12-07", amount);
        var difference = Compare(story, "average_deal_size", January, ComparisonKind.Previous).Single().Comparison!.Difference!.Value;
        Assert.Equal(3.716164104091461e-02, difference.P, 1e-12); // R: t.test(c(4, 8, 6, 5, 3), c(9, 7, 8, 10, 6))
        Assert.Equal(-5.384698226331203, difference.Interval.Low, 1e-9);
        Assert.Equal(-0.2153017736687957, difference.Interval.High, 1e-9);
    }

    [Fact]
    public void Nps_is_tested_in_points()
    {
        // −1 −1 0 1 1 against 1 1 1 0, times a hundred.
        var story = new Story().Scored(Measures.SurveyNps, "2025-01-07", 2, 2).Scored(Measures.SurveyNps, "2025-01-07", 7, 1)
            .Scored(Measures.SurveyNps, "2025-01-07", 9, 2).Scored(Measures.SurveyNps, "2024-12-07", 10, 3)
            .Scored(Measures.SurveyNps, "2024-12-07", 8, 1);
        var difference = Compare(story, "nps", January, ComparisonKind.Previous).Single().Comparison!.Difference!.Value;
        Assert.Equal(1.928046472909249e-01, difference.P, 1e-12);
        Assert.Equal(-199.8861332957310, difference.Interval.Low, 1e-7);
        Assert.False(difference.IsSignificant);
    }

    [Fact]
    public void What_is_no_sample_has_no_test()
    {
        var story = Leads().Won("2025-01-05", 5, cycleDays: 3).Won("2024-12-05", 5, cycleDays: 3);
        foreach (var id in new[] { "revenue", "lead_to_deal_conversion", "sales_cycle.median", "deals_per_manager" })
            Assert.Null(Compare(story, id, January, ComparisonKind.Previous).Single().Comparison!.Difference);
    }

    [Fact]
    public void Groups_are_compared_with_their_own_baseline()
    {
        var story = new Story { Settings = new TenantSettings { Baseline = Baseline } }
            .Leads("2024-11-05", 10, "ads").Leads("2024-11-06", 30, "web").Leads("2025-01-05", 4, "ads");
        var query = Query("leads_created", Quarter, ComparisonKind.Baseline) with { GroupBy = [Dimensions.Source] };
        var result = Evaluator.Answer(story.Snapshot(), query).Kpis[0];
        Assert.Equal([("ads", 10m), ("web", 30m)], result.Series.Select(s => (s.Key[0]!, s.Points[0].Comparison!.Value.Value!.Value)));
    }

    [Fact]
    public void A_period_of_ones_own_is_compared_place_by_place()
    {
        var other = Ask.Period("2024-10-01", "2025-01-01");
        var query = Query("leads_created", Quarter, ComparisonKind.Custom) with { Grain = Grain.Month, CompareWith = other };
        var points = Evaluator.Answer(Leads().Snapshot(), query).Kpis[0].Series[0].Points;
        Assert.Equal([12m, 8, 80], points.Select(p => p.Comparison!.Value.Value!.Value));
        Assert.All(points, p => Assert.False(p.Comparison!.Scaled));
    }

    [Fact]
    public void Matched_weekdays_meet_each_other()
    {
        var story = new Story().Leads("2025-03-03", 5).Leads("2024-03-04", 3);
        var query = Query("leads_created", Ask.Period("2025-03-01", "2025-04-01"), ComparisonKind.Year) with { Grain = Grain.Day };
        Assert.Equal(0, Comparison(query)[2]!.Value.Value);
        Assert.Equal(3, Comparison(query with { MatchWeekday = true })[2]!.Value.Value);

        List<KpiComparison?> Comparison(KpiQuery q) =>
            [.. Evaluator.Answer(story.Snapshot(), q).Kpis[0].Series[0].Points.Select(p => p.Comparison)];
    }

    [Theory]
    [InlineData("lead_conversion", "2025-02-01", "2025-02-10", "comparison_not_covered", false)]
    [InlineData("lead_conversion", "2020-01-01", "2020-03-01", "comparison_not_covered", true)]
    [InlineData("lead_conversion", "2026-01-01", "2026-03-01", "comparison_not_covered", true)]
    [InlineData("lead_conversion", "2025-01-31", "2025-02-10", "comparison_overlaps", true)]
    [InlineData("lead_conversion", "2024-12-01", "2025-01-01", "comparison_overlaps", false)]
    [InlineData("lead_conversion", "2024-10-01", "2024-11-01", "comparison_sample_too_small", true)]
    [InlineData("lead_conversion", "2024-10-01", "2025-01-01", "comparison_sample_too_small", false)]
    [InlineData("churn_rate", "2024-11-01", "2024-12-31", "lengths_differ", true)]
    [InlineData("churn_rate", "2024-11-01", "2024-12-01", "lengths_differ", false)] // a month is a month
    [InlineData("leads_created", "2024-11-01", "2024-12-31", "lengths_differ", false)] // scaled
    [InlineData("lead_conversion", "2024-11-01", "2024-12-31", "lengths_differ", false)]
    public void The_reader_is_told_what_weakens_a_comparison(string kpi, string from, string to, string code, bool told)
    {
        var story = Leads().Bought("c", "2024-10-02").Bought("c", "2025-01-20");
        var query = Query(kpi, January, ComparisonKind.Custom) with { CompareWith = Ask.Period(from, to) };
        var answer = Evaluator.Answer(story.Snapshot(), query);
        Assert.Equal(told, answer.Warnings.Any(w => w.Code == code));
        if (code == "comparison_overlaps" && told)
            Assert.Null(answer.Kpis[0].Series[0].Points[0].Comparison!.Difference);
    }

    [Fact]
    public void Without_a_baseline_nothing_is_compared() =>
        Assert.Null(Compare(new Story().Leads("2025-01-05", 3), "leads_created", January, ComparisonKind.Baseline).Single().Comparison);

    [Fact]
    public void Sums_over_days_are_known_by_their_formula()
    {
        string[] sums =
        [
            "leads_created", "deals_created", "deals_won", "deals_lost", "revenue", "lost_amount", "new_customers",
        ];
        Assert.All(sums, id => Assert.True(Catalogue.Resolve(id)!.Formula.IsAdditive(), id));
        string[] others = ["win_rate", "pipeline_value", "active_customers", "buying_customers", "cac", "sales_cycle.median", "nps"];
        Assert.All(others, id => Assert.False(Catalogue.Resolve(id)!.Formula.IsAdditive(), id));
        Assert.True((Formula.Of(2) * Formula.Count(Measures.DealsWon) / Formula.Of(3) - Formula.Sum(Measures.DealsLost)).IsAdditive());
        string[] growing = ["buying_customers", "retention_rate", "churn_rate", "deals_per_manager"];
        Assert.All(growing, id => Assert.True(Catalogue.Resolve(id)!.Formula.DependsOnLength(), id));
        Assert.All(["win_rate", "revenue", "pipeline_value", "cac"], id => Assert.False(Catalogue.Resolve(id)!.Formula.DependsOnLength(), id));
    }

    private static IReadOnlyList<KpiPoint> Compare(
        Story story, string kpi, Period period, ComparisonKind kind, Grain grain = Grain.None) =>
        Evaluator.Answer(story.Snapshot(), Query(kpi, period, kind) with { Grain = grain }).Kpis[0].Series[0].Points;

    private static KpiQuery Query(string kpi, Period period, ComparisonKind kind) => Ask.Query(kpi, period) with { Compare = kind };
}
