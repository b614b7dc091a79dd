using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Tests.Kpis;

public sealed class CohortsTests
{
    [Fact]
    public void A_cohort_is_followed_month_by_month_until_today()
    {
        var cube = new Story().Bought("ann", "2025-01-05").Bought("ann", "2025-01-25").Bought("ann", "2025-03-01")
            .Bought("bob", "2025-01-31").Bought("eve", "2025-02-10").Snapshot();
        var answer = Cohorts.Answer(
            cube, Ask.Period("2025-01-15", "2025-03-02"), 12, [], new DateOnly(2025, 3, 20), Language.En);

        Assert.Equal(["2025-01", "2025-02", "2025-03"], answer.Cohorts.Select(c => c.Month.ToString("yyyy-MM")));
        Assert.Equal([2L, 1, 0], answer.Cohorts.Select(c => c.Customers));
        Assert.Equal([2L, 0, 1], answer.Cohorts[0].Buyers);
        Assert.Equal([1L, 0], answer.Cohorts[1].Buyers);
        Assert.Equal(50m, answer.Cohorts[0].Percent(2));
        Assert.Null(answer.Cohorts[2].Percent(0));
        Assert.Empty(answer.Warnings);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_table_is_what_counting_one_by_one_gives(int seed)
    {
        var world = World.Random(seed);
        var filter = new DimensionFilter(Dimensions.Manager, ["ann", null]);
        var customers = world.Customers.Where(c => c.Dims[Dimensions.Manager] is "ann" or null).ToList();
        var answer = Cohorts.Answer(
            world.Snapshot(), Ask.Period("2024-01-01", "2024-12-31"), 5, [filter], new DateOnly(2026, 1, 1), Language.En);
        foreach (var cohort in answer.Cohorts)
        {
            var members = customers.Where(c => MonthOf(c.Purchases[0].Day) == Period.MonthNumber(cohort.Month)).ToList();
            Assert.Equal(members.Count, cohort.Customers);
            for (var since = 0; since <= 5; since++)
                Assert.Equal(
                    members.Count(c => c.Purchases.Any(p => MonthOf(p.Day) == Period.MonthNumber(cohort.Month) + since)),
                    cohort.Buyers[since]);
        }
    }

    private static int MonthOf(int day) => Period.MonthNumber(DateOnly.FromDayNumber(day));
}
