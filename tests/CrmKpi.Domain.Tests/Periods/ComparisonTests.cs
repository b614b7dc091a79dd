using CrmKpi.Domain.Periods;
using FsCheck;
using FsCheck.Fluent;

namespace CrmKpi.Domain.Tests.Periods;

public sealed class ComparisonTests
{
    private static readonly ComparisonKind[] Shifts = [ComparisonKind.Previous, ComparisonKind.Year];

    private static Period P(string from, string to) => new(DateOnly.Parse(from), DateOnly.Parse(to));

    [Theory]
    [InlineData("2025-03-03", "2025-03-10", "2024-03-04", "2024-03-11")] // a week from Monday
    [InlineData("2025-03-01", "2025-04-01", "2024-03-02", "2024-04-01")] // around the same month, Saturday with Saturday
    [InlineData("2024-02-29", "2024-03-01", "2023-03-02", "2023-03-03")]
    public void Weekdays_are_matched_52_weeks_before(string from, string to, string wantFrom, string wantTo)
    {
        var want = new Period(P(wantFrom, wantTo).From, P(wantFrom, wantTo).From + P(from, to).Days);
        var rule = new ComparisonRule(ComparisonKind.Year, MatchWeekday: true);
        Assert.Equal(want, Comparison.Of(P(from, to), rule));
        Assert.Equal(want.FromDate.DayOfWeek, P(from, to).FromDate.DayOfWeek);
        Assert.Equal(want, Comparison.OfPart(P("2024-01-01", "2026-01-01"), P(from, to), rule));
    }

    [Fact]
    public void Every_part_is_compared_with_the_whole_baseline()
    {
        var baseline = P("2024-10-01", "2025-01-01");
        var rule = new ComparisonRule(ComparisonKind.Baseline, Other: baseline);
        Assert.Equal(baseline, Comparison.OfPart(P("2025-01-01", "2025-04-01"), P("2025-02-01", "2025-03-01"), rule));
        Assert.Null(Comparison.Of(P("2025-01-01", "2025-04-01"), new(ComparisonKind.Baseline)));
        Assert.Null(Comparison.OfPart(P("2025-01-01", "2025-04-01"), P("2025-02-01", "2025-03-01"), new(ComparisonKind.Target)));
    }

    [Theory]
    [InlineData("2025-01-01", "2025-04-01", "2024-04-01", "2024-07-01", "2025-02-01", "2025-03-01", "2024-05-01", "2024-06-01")]
    [InlineData("2025-01-01", "2025-04-01", "2024-04-01", "2024-06-01", "2025-02-01", "2025-03-01", "2024-05-02", "2024-05-30")]
    [InlineData("2025-01-06", "2025-01-20", "2024-01-01", "2024-01-15", "2025-01-13", "2025-01-20", "2024-01-08", "2024-01-15")]
    [InlineData("2025-01-06", "2025-01-20", "2024-01-01", "2024-01-10", "2025-01-13", "2025-01-20", "2024-01-08", "2024-01-10")]
    [InlineData("2025-01-06", "2025-01-20", "2024-01-01", "2024-01-08", "2025-01-13", "2025-01-20", null, null)]
    public void A_part_is_compared_with_the_same_place_of_a_period_of_ones_own(
        string from, string to, string otherFrom, string otherTo, string partFrom, string partTo, string? wantFrom, string? wantTo)
    {
        var rule = new ComparisonRule(ComparisonKind.Custom, Other: P(otherFrom, otherTo));
        Assert.Equal(P(otherFrom, otherTo), Comparison.Of(P(from, to), rule));
        Assert.Equal(
            wantFrom is null ? null : P(wantFrom, wantTo!), Comparison.OfPart(P(from, to), P(partFrom, partTo), rule));
    }

    [Theory]
    [InlineData("2025-03-01", "2025-04-01", "2025-02-01", "2025-03-01", ComparisonKind.Previous, true)] // a month each
    [InlineData("2025-03-01", "2025-03-11", "2025-02-19", "2025-03-01", ComparisonKind.Custom, true)]
    [InlineData("2024-02-28", "2024-03-02", "2023-02-28", "2023-03-02", ComparisonKind.Year, true)] // three days and two
    [InlineData("2025-03-01", "2025-04-01", "2024-10-01", "2025-01-01", ComparisonKind.Baseline, false)]
    [InlineData("2025-03-02", "2025-04-01", "2025-02-01", "2025-03-01", ComparisonKind.Custom, false)]
    public void Lengths_are_the_same_by_days_by_months_or_by_calendar(
        string from, string to, string otherFrom, string otherTo, ComparisonKind kind, bool same) =>
        Assert.Equal(same, Comparison.IsSameLength(P(from, to), P(otherFrom, otherTo), kind));

    [Fact]
    public void Names_are_those_of_the_kinds() =>
        Assert.Equal(
            Enum.GetValues<ComparisonKind>().Cast<ComparisonKind?>(), Comparison.Names.Select(Comparison.Parse));

    [Fact]
    public void Whole_months_are_compared_with_as_many_whole_months() =>
        Check(period =>
        {
            foreach (var kind in Shifts)
            {
                var other = Comparison.Of(period, new(kind))!.Value;
                Assert.Equal(period.WholeMonths, other.WholeMonths);
                Assert.True(other.To <= period.From || kind == ComparisonKind.Year);
            }
            Assert.Equal(period.From, Comparison.Previous(period).To);
        }, Months());

    [Fact]
    public void Days_are_compared_with_as_many_days_but_for_a_leap_day() =>
        Check(period =>
        {
            if (period.WholeMonths > 0)
                return;
            Assert.Equal((period.Days, period.From), (Comparison.Previous(period).Days, Comparison.Previous(period).To));
            var year = Comparison.YearBefore(period);
            Assert.InRange(year.Days, period.Days - 1 - period.Days / 1_461, period.Days + 1 + period.Days / 1_461);
            Assert.Equal((period.FromDate.Month, Math.Min(period.FromDate.Day, 28)), (year.FromDate.Month, Math.Min(year.FromDate.Day, 28)));
            Assert.Equal(period.Days, Comparison.WeeksBefore(period).Days);
            Assert.Equal(period.FromDate.DayOfWeek, Comparison.WeeksBefore(period).FromDate.DayOfWeek);
        }, Days());

    [Fact]
    public void Fiscal_quarters_and_years_are_compared_with_their_like() =>
        Check(period =>
        {
            for (var start = 1; start <= 12; start++)
                foreach (var (grain, months) in new[] { (Grain.FiscalQuarter, 3), (Grain.FiscalYear, 12) })
                {
                    var first = Grains.StartOf(grain, period.FromDate, start);
                    var whole = new Period(first, first.AddMonths(24));
                    var units = PeriodBucket.Cut(whole, grain, start)!;
                    Assert.Equal(24 / months, units.Count);
                    Assert.All(units, unit => Assert.Equal((months, false), (unit.Period.WholeMonths, unit.Partial)));
                    foreach (var (kind, back) in new[] { (ComparisonKind.Previous, 24), (ComparisonKind.Year, 12) })
                        Assert.All(units, unit =>
                        {
                            var other = Comparison.OfPart(whole, unit.Period, new(kind))!.Value;
                            Assert.Equal(unit.Period.FromDate.AddMonths(-back), other.FromDate);
                            Assert.Equal(Grains.StartOf(grain, other.FromDate, start), other.FromDate);
                            Assert.Equal(months, other.WholeMonths);
                        });
                    // A unit alone: the one before it, and the same one of the year before.
                    var one = units[0].Period;
                    Assert.Equal(one.FromDate.AddMonths(-months), Comparison.Previous(one).FromDate);
                    Assert.Equal(one.FromDate.AddMonths(-12), Comparison.YearBefore(one).FromDate);
                }
        }, Days());

    [Fact]
    public void Parts_of_any_comparison_lie_in_it_and_never_go_back() =>
        Prop.ForAll((from a in DayPairs() from b in DayPairs() from grain in Gen.Elements(Enum.GetValues<Grain>()) select (a, b, grain))
            .ToArbitrary(), ((Period Whole, Period Other, Grain Grain) t) =>
        {
            foreach (var kind in new[] { ComparisonKind.Previous, ComparisonKind.Custom, ComparisonKind.Baseline })
            {
                var rule = new ComparisonRule(kind, Other: t.Other);
                var outer = Comparison.Of(t.Whole, rule)!.Value;
                var last = outer.From;
                foreach (var part in PeriodBucket.Cut(t.Whole, t.Grain, 4) ?? [])
                {
                    if (Comparison.OfPart(t.Whole, part.Period, rule) is not { } other)
                        continue;
                    Assert.True(other.Days > 0 && other.From >= last && other.To <= outer.To);
                    last = other.From;
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static void Check(Action<Period> assert, Gen<Period> periods) =>
        Prop.ForAll(periods.ToArbitrary(), assert).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static Gen<Period> Days() => DayPairs();

    private static Gen<Period> DayPairs() =>
        from day in Gen.Choose(0, 40_000)
        from days in Gen.Choose(1, 900)
        select new Period(new DateOnly(1990, 1, 1).DayNumber + day, new DateOnly(1990, 1, 1).DayNumber + day + days);

    private static Gen<Period> Months() =>
        from month in Gen.Choose(0, 1_200)
        from months in Gen.Choose(1, 60)
        select new Period(new DateOnly(1990, 1, 1).AddMonths(month), new DateOnly(1990, 1, 1).AddMonths(month + months));
}
