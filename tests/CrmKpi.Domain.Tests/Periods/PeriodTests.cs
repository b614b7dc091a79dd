using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Tests.Periods;

public sealed class PeriodTests
{
    private static Period P(string from, string to) => new(DateOnly.Parse(from), DateOnly.Parse(to));

    [Theory]
    [InlineData("2025-01-01", "2025-04-01", 3)]
    [InlineData("2025-01-01", "2026-01-01", 12)]
    [InlineData("2024-12-01", "2025-01-01", 1)]
    [InlineData("2025-01-01", "2025-01-31", 0)]
    [InlineData("2025-01-02", "2025-02-01", 0)]
    [InlineData("2025-01-01", "2025-01-01", 0)]
    public void Whole_months_are_counted_only_between_firsts_of_months(string from, string to, int months) =>
        Assert.Equal(months, P(from, to).WholeMonths);

    [Theory]
    [InlineData("week", "2025-01-01", "2024-12-30")] // a Wednesday of ISO week 1 of 2025
    [InlineData("week", "2025-01-05", "2024-12-30")] // the Sunday
    [InlineData("week", "2025-01-06", "2025-01-06")] // the Monday
    [InlineData("month", "2024-02-29", "2024-02-01")]
    [InlineData("quarter", "2025-06-30", "2025-04-01")]
    [InlineData("year", "2025-06-30", "2025-01-01")]
    [InlineData("fiscal_quarter", "2025-06-30", "2025-05-01")]
    [InlineData("fiscal_quarter", "2025-01-31", "2024-11-01")]
    [InlineData("fiscal_year", "2025-01-31", "2024-02-01")]
    [InlineData("fiscal_year", "2025-02-01", "2025-02-01")]
    public void A_unit_begins_where_the_calendar_says(string grain, string day, string start) =>
        Assert.Equal(
            DateOnly.Parse(start), Grains.StartOf(Grains.Parse(grain)!.Value, DateOnly.Parse(day), fiscalStartMonth: 2));

    [Fact]
    public void Parts_at_the_borders_are_cut_and_flagged()
    {
        var parts = PeriodBucket.Cut(P("2025-01-15", "2025-04-01"), Grain.Month, 1)!;
        Assert.Equal(
            [
                new PeriodBucket(P("2025-01-15", "2025-02-01"), true), new PeriodBucket(P("2025-02-01", "2025-03-01"), false),
                new PeriodBucket(P("2025-03-01", "2025-04-01"), false),
            ],
            parts);
    }

    [Theory]
    [MemberData(nameof(AllGrains))]
    public void Parts_are_contiguous_and_cover_the_period(Grain grain)
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var from = DateOnly.Parse("2019-11-03").DayNumber + random.Next(2_000);
            var period = new Period(from, from + 1 + random.Next(1_000));
            var parts = PeriodBucket.Cut(period, grain, 1 + random.Next(12))!;
            Assert.Equal(period.From, parts[0].Period.From);
            Assert.Equal(period.To, parts[^1].Period.To);
            Assert.All(parts.Zip(parts.Skip(1)), pair => Assert.Equal(pair.First.Period.To, pair.Second.Period.From));
            Assert.All(parts, part => Assert.True(part.Period.Days > 0));
            Assert.All(parts.Skip(1).SkipLast(1), part => Assert.False(part.Partial));
        }
    }

    public static TheoryData<Grain> AllGrains => [.. Enum.GetValues<Grain>()];

    [Fact]
    public void Too_many_parts_are_refused() =>
        Assert.Null(PeriodBucket.Cut(P("2015-01-01", "2025-01-01"), Grain.Day, 1));

    [Theory]
    [InlineData("2025-03-01", "2025-04-01", "2025-02-01", "2025-03-01")] // a month: the month before, though shorter
    [InlineData("2025-01-01", "2025-04-01", "2024-10-01", "2025-01-01")] // a quarter: three whole months before
    [InlineData("2025-01-10", "2025-01-20", "2024-12-31", "2025-01-10")] // ten days: the ten days before
    [InlineData("2024-02-29", "2024-03-01", "2024-02-28", "2024-02-29")]
    public void The_previous_period_lies_directly_before(string from, string to, string wantFrom, string wantTo) =>
        Assert.Equal(P(wantFrom, wantTo), Comparison.Previous(P(from, to)));

    [Theory]
    [InlineData("2025-01-10", "2025-01-20", "2024-01-10", "2024-01-20")]
    [InlineData("2025-02-01", "2025-03-01", "2024-02-01", "2024-03-01")] // the whole leap February
    [InlineData("2024-02-01", "2024-03-01", "2023-02-01", "2023-03-01")]
    [InlineData("2024-02-29", "2024-03-01", "2023-02-28", "2023-03-01")] // the leap day alone
    [InlineData("2024-02-28", "2024-02-29", "2023-02-28", "2023-03-01")]
    [InlineData("2025-02-28", "2025-03-01", "2024-02-28", "2024-02-29")] // one day with one day
    public void The_year_before_is_shifted_by_calendar(string from, string to, string wantFrom, string wantTo) =>
        Assert.Equal(P(wantFrom, wantTo), Comparison.YearBefore(P(from, to)));

    [Fact]
    public void A_month_of_a_quarter_is_compared_with_the_month_three_before() =>
        Assert.Equal(
            P("2024-11-01", "2024-12-01"),
            Comparison.OfPart(P("2025-01-01", "2025-04-01"), P("2025-02-01", "2025-03-01"), new(ComparisonKind.Previous)));

    [Fact]
    public void A_day_is_compared_with_the_day_of_the_same_position_if_there_is_one()
    {
        var march = P("2025-03-01", "2025-04-01");
        Assert.Equal(
            P("2025-02-28", "2025-03-01"),
            Comparison.OfPart(march, P("2025-03-28", "2025-03-29"), new(ComparisonKind.Previous)));
        Assert.Null(Comparison.OfPart(march, P("2025-03-29", "2025-03-30"), new(ComparisonKind.Previous)));
    }

    [Theory]
    [MemberData(nameof(AllGrains))]
    public void Borders_of_comparisons_never_go_back(Grain grain)
    {
        var random = new Random(11);
        for (var round = 0; round < 200; round++)
        {
            var from = DateOnly.Parse("2023-11-03").DayNumber + random.Next(900);
            var whole = new Period(from, from + 1 + random.Next(800));
            foreach (var kind in new[] { ComparisonKind.Previous, ComparisonKind.Year })
            {
                var compared = PeriodBucket.Cut(whole, grain, 1)!
                    .Select(b => Comparison.OfPart(whole, b.Period, new(kind))).OfType<Period>().ToList();
                Assert.All(compared.Zip(compared.Skip(1)), pair =>
                {
                    Assert.True(pair.First.From <= pair.Second.From);
                    Assert.True(pair.First.To <= pair.Second.To);
                });
            }
        }
    }
}
