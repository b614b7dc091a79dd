using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Tests.Kpis.Targets;

/// <summary>Targets in the answers to queries.</summary>
public sealed class TargetAnswerTests
{
    private static readonly Period January = Ask.Period("2025-01-01", "2025-02-01");
    private static readonly Period Quarter = Ask.Period("2025-01-01", "2025-04-01");

    [Fact]
    public void Each_point_carries_what_its_end_should_reach_and_how_far_it_came()
    {
        var cube = World(Set("lead_conversion", 32, "2025-03-31", start: 14)).Leads("2025-01-05", 20, convertedAfter: 1)
            .Leads("2025-01-06", 80).Leads("2025-03-06", 10).Snapshot();
        var points = Points(cube, Ask.Query("lead_conversion", Quarter) with { Grain = Grain.Month });
        Assert.Equal([20.2m, 25.8m, 32m], points.Select(p => p.Target!.Value)); // 14 + 18 × 31, 59, 90 of 90 days
        Assert.Equal(20 * 100 / 20.2m, points[0].Target!.Attainment);
        Assert.Null(points[1].Target!.Attainment);
        Assert.Equal(0m, points[2].Target!.Attainment);
        Assert.All(points, p => Assert.Null(p.Comparison));
    }

    [Fact]
    public void Compared_with_the_target_the_change_is_the_distance_to_it()
    {
        var cube = World(Set("leads_created", 50, "2025-01-10", per: TargetPer.Day, start: 50)).Leads("2025-01-05", 620).Snapshot();
        var query = Ask.Query("leads_created", January) with { Compare = ComparisonKind.Target };
        var point = Points(cube, query).Single();
        Assert.Equal((1550m, 1550m, -930m, -60m, 40m), (
            point.Target!.Value, point.Comparison!.Value.Value, point.Change, point.ChangePercent, point.Target.Attainment));
        Assert.Null(point.Comparison.Period);
        Assert.Null(Evaluator.Answer(cube, query).ComparedWith);
    }

    [Fact]
    public void A_kpi_without_target_is_told_when_compared_with_it()
    {
        var cube = World(Set("leads_created", 50, "2025-01-10")).Leads("2025-01-05", 62).Snapshot();
        var answer = Evaluator.Answer(cube, Ask.Query("leads_created,win_rate", January) with { Compare = ComparisonKind.Target });
        Assert.Equal("win_rate", answer.Warnings.Single(w => w.Code == "no_target").Kpi);
        Assert.Null(answer.Kpis[1].Series[0].Points[0].Comparison);
    }

    [Fact]
    public void The_start_is_that_of_the_baseline_else_of_the_month_before()
    {
        var story = World(Set("leads_created", 40, "2025-03-31")).Leads("2024-10-05", 30).Leads("2024-12-20", 7).Leads("2025-01-05", 1);
        var query = Ask.Query("leads_created", January);
        // 7 in 30 days are 7 ÷ 30 × 30.436875 a month.
        var rate = 7 / (30 / (146_097m / 4_800));
        Assert.Equal(rate + (40 - rate) * 31 / 90, Points(story.Snapshot(), query).Single().Target!.Value);

        var settings = story.Settings with { Baseline = Ask.Period("2024-10-01", "2025-01-01") };
        var cube = story.Snapshot() with { Settings = settings };
        var monthly = 37 / 3m;
        Assert.Equal(monthly + (40 - monthly) * 31 / 90, Points(cube, query).Single().Target!.Value);
    }

    [Fact]
    public void A_target_is_for_whom_it_was_set_and_for_nobody_else()
    {
        var ann = new DimensionFilter(Dimensions.Manager, ["ann"]);
        var cube = World(Set("leads_created", 10, "2025-03-31", start: 10) with { Filters = [ann] }).Leads("2025-01-05", 5, manager: "ann")
            .Leads("2025-01-05", 8, manager: "bob").Snapshot();
        var grouped = Evaluator.Answer(cube, Ask.Query("leads_created", January) with { GroupBy = [Dimensions.Manager] }).Kpis[0].Series;
        Assert.Equal([("bob", null), ("ann", 50m)], grouped.Select(s => (s.Key[0]!, s.Points[0].Target?.Attainment)));
        Assert.Equal(10, Points(cube, Ask.Query("leads_created", January) with { Filters = [ann] }).Single().Target!.Value);
        Assert.Null(Points(cube, Ask.Query("leads_created", January)).Single().Target);
    }

    [Theory]
    [InlineData("sales_cycle", "sales_cycle.mean", true)]
    [InlineData("sales_cycle.median", "sales_cycle", false)]
    [InlineData("lead_conversion.within30", "lead_conversion.within30", true)]
    [InlineData("lead_conversion", "lead_conversion.within30", false)]
    [InlineData("no_such_kpi", "lead_conversion", false)]
    public void A_target_is_for_one_statistic_of_a_kpi(string set, string asked, bool has)
    {
        var cube = World(Set(set, 10, "2025-03-31", start: 5)).Leads("2025-01-05", 5).Snapshot();
        Assert.Equal(has, Points(cube, Ask.Query(asked, January)).Single().Target is not null);
    }

    [Fact]
    public void A_filter_by_what_the_kpi_does_not_have_is_passed_over()
    {
        var odd = Set("leads_created", 10, "2025-03-31") with { Filters = [new(Dimensions.Stage, ["new"])] };
        Assert.Null(Points(World(odd).Leads("2025-01-05", 5).Snapshot(), Ask.Query("leads_created", January)).Single().Target);
    }

    private static IReadOnlyList<KpiPoint> Points(CubeSnapshot cube, KpiQuery query) =>
        Evaluator.Answer(cube, query).Kpis[0].Series[0].Points;

    private static Story World(params Target[] targets) => new() { Settings = new TenantSettings { TargetHistory = targets } };

    internal static Target Set(
        string kpi, decimal value, string due, TargetPer per = TargetPer.Month, decimal? start = null, string from = "2025-01-01") =>
        new()
        {
            Kpi = kpi,
            Value = value,
            Due = DateOnly.Parse(due),
            From = DateOnly.Parse(from),
            Per = per,
            Start = start,
            SetAt = new DateTimeOffset(DateOnly.Parse(from), default, TimeSpan.Zero),
            Sequence = 1,
        };
}
