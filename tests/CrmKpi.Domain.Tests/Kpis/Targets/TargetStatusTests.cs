using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Targets;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Kpis.Targets.TargetAnswerTests;

namespace CrmKpi.Domain.Tests.Kpis.Targets;

/// <summary>Where a target stands today.</summary>
public sealed class TargetStatusTests
{
    [Fact]
    public void Today_has_its_expected_value_its_value_and_how_far_it_came()
    {
        // 12 of 100 leads became customers in the last thirty days; on the way from 10 to 30 half of the time is over.
        var status = Status(
            new Story().Leads("2025-04-10", 12, convertedAfter: 1).Leads("2025-04-12", 88).Leads("2025-05-01", 50),
            Set("lead_conversion", 30, "2025-08-29", start: 10), "2025-05-01");
        Assert.Equal(20m, Math.Round(status.Expected, 1));
        Assert.Equal(12m, status.Value);
        Assert.Equal(12 * 100 / status.Expected, status.Attainment);
        Assert.Equal(40m, status.AttainmentOfTarget);
    }

    [Fact]
    public void A_sum_is_shown_per_unit_of_time()
    {
        var status = Status(
            new Story().Leads("2025-04-10", 90), Set("leads_created", 4, "2025-08-29", per: TargetPer.Day, start: 2), "2025-05-01");
        Assert.Equal((3m, 75m), (status.Value, status.AttainmentOfTarget));
    }

    [Fact]
    public void The_forecast_goes_on_with_the_line_of_weeks()
    {
        // 2, 4, 6, 8 leads in the first four weeks that are whole: two more a week.
        var story = new Story();
        for (var week = 0; week < 4; week++)
            story.Leads(DateOnly.Parse("2025-01-07").AddDays(7 * week).ToString("yyyy-MM-dd"), 2 + 2 * week);
        var forecast = Status(story, Set("leads_created", 40, "2025-03-30", per: TargetPer.Week, start: 2), "2025-02-04").Forecast!;
        // Weeks end on 13, 20, 27 January and 3 February; the due day ends eight weeks after the last.
        Assert.Equal((Grain.Week, 4, 24m, 60m), (forecast.Grain, forecast.N, Math.Round(forecast.Value, 9), Math.Round(forecast.Attainment, 9)));
        Assert.Equal(1, forecast.RSquared!.Value, 9);
    }

    [Fact]
    public void After_half_a_year_months_make_the_line()
    {
        var story = new Story();
        for (var month = 1; month <= 8; month++)
            story.Leads($"2025-0{month}-10", 10);
        var forecast = Status(story, Set("leads_created", 20, "2025-12-31", start: 2), "2025-09-15").Forecast!;
        Assert.Equal((Grain.Month, 8, 10m, 50m), (forecast.Grain, forecast.N, forecast.Value, forecast.Attainment));
        Assert.Null(forecast.RSquared);
    }

    [Fact]
    public void Parts_without_a_value_are_left_out_and_a_share_stays_below_a_hundred()
    {
        var story = new Story();
        foreach (var (day, converted) in new[] { ("2025-01-07", 2), ("2025-01-21", 6), ("2025-01-28", 9) })
            story.Leads(day, converted, convertedAfter: 1).Leads(day, 10 - converted);
        var forecast = Status(story, Set("lead_conversion", 80, "2025-06-30", start: 20), "2025-02-04").Forecast!;
        Assert.Equal((3, 100m, 125m), (forecast.N, forecast.Value, forecast.Attainment));
    }

    [Theory]
    [InlineData("2025-01-01", "2025-06-30")] // the day on which the path begins
    [InlineData("2025-01-26", "2025-06-30")] // two whole weeks
    [InlineData("2025-04-01", "2025-03-31")] // the due day is over
    public void Without_three_values_or_time_left_there_is_no_forecast(string today, string due)
    {
        var story = new Story();
        for (var week = 0; week < 12; week++)
            story.Leads(DateOnly.Parse("2025-01-07").AddDays(7 * week).ToString("yyyy-MM-dd"), 5);
        Assert.Null(Status(story, Set("leads_created", 40, due, start: 2), today).Forecast);
        Assert.NotNull(Status(story, Set("leads_created", 40, "2025-06-30", start: 2), "2025-01-27").Forecast);
    }

    [Fact]
    public void Without_a_value_nothing_is_attained()
    {
        var status = Status(new Story(), Set("lead_conversion", 80, "2025-06-30"), "2025-02-04");
        Assert.Equal((80m, null, null, null), (status.Expected, status.Value, status.Attainment, status.AttainmentOfTarget));
        Assert.Null(status.Forecast);
    }

    private static TargetStatus Status(Story story, Target target, string today) =>
        TargetStatus.Of(story.Snapshot(), target, Catalogue.Resolve(target.Kpi)!, DateOnly.Parse(today));
}
