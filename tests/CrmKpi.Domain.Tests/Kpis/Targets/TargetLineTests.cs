using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Targets;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;
using FsCheck;
using FsCheck.Fluent;

namespace CrmKpi.Domain.Tests.Kpis.Targets;

public sealed class TargetLineTests
{
    [Theory]
    [InlineData("2025-01-01", 20)] // the path begins
    [InlineData("2025-01-11", 30)] // ten of forty days
    [InlineData("2025-01-21", 40)]
    [InlineData("2025-02-09", 59)]
    [InlineData("2025-02-10", 60)] // the due day is over
    [InlineData("2025-06-01", 60)]
    [InlineData("2024-12-01", 20)]
    public void A_linear_path_rises_day_by_day(string end, int value) =>
        Assert.Equal(value, Line("win_rate", 60, "2025-02-09", start: 20).At(Ask.Day(end)));

    [Theory]
    [InlineData("2025-01-31", 20)]
    [InlineData("2025-02-01", 51)] // 31 of 40 days
    [InlineData("2025-02-09", 51)]
    [InlineData("2025-02-10", 60)]
    public void A_stepwise_path_rises_at_the_end_of_a_month(string end, int value) =>
        Assert.Equal(value, Line("win_rate", 60, "2025-02-09", start: 20, path: TargetPath.Stepwise).At(Ask.Day(end)));

    [Fact]
    public void Without_a_start_the_target_is_expected_at_once() =>
        Assert.Equal(60, Line("win_rate", 60, "2025-02-09", start: null).At(Ask.Day("2025-01-02")));

    [Theory]
    [InlineData(TargetPer.Day, "2025-02-01", "2025-03-01", 28)]
    [InlineData(TargetPer.Week, "2025-02-01", "2025-03-01", 4)]
    [InlineData(TargetPer.Month, "2025-02-01", "2025-03-01", 1)]
    [InlineData(TargetPer.Quarter, "2025-01-01", "2026-01-01", 4)]
    [InlineData(TargetPer.Year, "2025-01-01", "2025-07-01", 0.5)]
    public void A_sum_is_wanted_per_unit_of_time(TargetPer per, string from, string to, double units)
    {
        var period = Ask.Period(from, to);
        var line = Line("leads_created", 12, "2025-01-02", start: null, per: per);
        Assert.Equal((decimal)units, TargetLine.Units(per, period));
        Assert.Equal(12 * (decimal)units, line.Of(period));
        Assert.Equal(12, line.Rate(line.Of(period), period));
        Assert.Equal(12, Line("win_rate", 12, "2025-01-02", start: null, per: per).Of(period));
    }

    [Fact]
    public void Days_that_are_no_months_count_by_the_mean_month()
    {
        Assert.Equal(1, Math.Round(TargetLine.Units(TargetPer.Month, new Period(700_001, 700_031)), 1));
        Assert.Equal(4_800, TargetLine.Units(TargetPer.Month, new Period(1, 1 + 146_097)));
    }

    [Fact]
    public void The_next_target_due_is_the_valid_one_and_after_all_the_last()
    {
        TargetLine[] lines = [Line("win_rate", 30, "2025-03-31", 20), Line("win_rate", 40, "2025-12-31", 20)];
        Assert.Equal(30, TargetLine.Valid(lines, Ask.Period("2025-03-01", "2025-04-01"))!.Target.Value);
        Assert.Equal(40, TargetLine.Valid(lines, Ask.Period("2025-03-02", "2025-04-02"))!.Target.Value);
        Assert.Equal(40, TargetLine.Valid(lines, Ask.Period("2026-03-01", "2026-04-01"))!.Target.Value);
        Assert.Null(TargetLine.Valid(lines, Ask.Period("2024-12-01", "2025-01-01"))); // before they begin
        Assert.Null(TargetLine.Valid([], Ask.Period("2025-03-01", "2025-04-01")));
    }

    [Fact]
    public void A_path_stays_between_its_ends_and_never_turns() =>
        Prop.ForAll(Paths().ToArbitrary(), line =>
        {
            var (low, high) = (Math.Min(line.Start!.Value, line.Target.Value), Math.Max(line.Start.Value, line.Target.Value));
            decimal? before = null;
            for (var day = line.Target.From.DayNumber - 3; day < line.Target.Due.DayNumber + 3; day += 7)
            {
                var value = line.At(day);
                Assert.InRange(value, low, high);
                if (before is { } earlier)
                    Assert.True(line.Target.Value >= line.Start ? value >= earlier : value <= earlier);
                before = value;
            }
            Assert.Equal(line.Target.Value, line.At(line.Target.Due.DayNumber + 1));
            Assert.Equal(line.Start, line.At(line.Target.From.DayNumber));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    internal static TargetLine Line(
        string kpi, decimal value, string due, decimal? start, TargetPath path = TargetPath.Linear, TargetPer per = TargetPer.Month,
        string begin = "2025-01-01") => new(
            new Target
            {
                Kpi = kpi,
                Value = value,
                Due = DateOnly.Parse(due),
                From = DateOnly.Parse(begin),
                Path = path,
                Per = per,
                SetAt = default,
                Sequence = 1,
            },
            Catalogue.Resolve(kpi)!, start);

    private static Gen<TargetLine> Paths() =>
        from start in Gen.Choose(-1_000, 1_000)
        from value in Gen.Choose(-1_000, 1_000)
        from number in Gen.Choose(0, 3_000)
        from days in Gen.Choose(0, 900)
        from path in Gen.Elements(TargetPath.Linear, TargetPath.Stepwise)
        let day = new DateOnly(2020, 1, 1).AddDays(number)
        select Line("revenue", value, day.AddDays(days).ToString("yyyy-MM-dd"), start, path, begin: day.ToString("yyyy-MM-dd"));
}
