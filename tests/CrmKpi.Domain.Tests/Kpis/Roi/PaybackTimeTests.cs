using CrmKpi.Domain.Kpis.Roi;

namespace CrmKpi.Domain.Tests.Kpis.Roi;

public sealed class PaybackTimeTests
{
    private static readonly int Later = Ask.Day("2030-01-01");

    [Fact]
    public void The_first_month_at_whose_end_the_benefits_are_at_least_the_costs()
    {
        CashFlow[] flows =
            [new(Ask.Day("2025-01-10"), 100, 0), new(Ask.Day("2025-02-01"), 0, 99), new(Ask.Day("2025-03-09"), 0, 1)];

        Assert.Equal(new PaybackTime(2, new DateOnly(2025, 3, 10)), PaybackTime.Of(flows, null, Later));
        Assert.Equal(2, PaybackTime.Of(flows, null, Ask.Day("2025-03-10"))!.Months);
        Assert.Null(PaybackTime.Of(flows, null, Ask.Day("2025-03-09")));
    }

    [Fact]
    public void Costs_that_come_later_do_not_take_back_what_was_reached_before_them() =>
        Assert.Equal(1, PaybackTime.Of(
            [new(Ask.Day("2025-01-10"), 100, 100), new(Ask.Day("2025-02-20"), 500, 0)], null, Later)!.Months);

    [Fact]
    public void Costs_that_come_in_the_same_month_do() =>
        Assert.Null(PaybackTime.Of(
            [new(Ask.Day("2025-01-10"), 100, 100), new(Ask.Day("2025-01-20"), 500, 0)], null, Later));

    [Fact]
    public void Months_count_from_the_launch_and_a_month_of_the_31st_ends_with_the_last_day()
    {
        CashFlow[] flows = [new(Ask.Day("2024-12-01"), 100, 0), new(Ask.Day("2025-02-27"), 0, 100)];

        Assert.Equal(new PaybackTime(1, new DateOnly(2025, 2, 28)), PaybackTime.Of(flows, new DateOnly(2025, 1, 31), Later));
        Assert.Equal(3, PaybackTime.Of(flows, null, Later)!.Months);
    }

    [Fact]
    public void Nothing_spent_or_never_covered_is_no_payback()
    {
        Assert.Null(PaybackTime.Of([], null, Later));
        Assert.Null(PaybackTime.Of([new(Ask.Day("2025-01-10"), 0, 5)], new DateOnly(2025, 1, 1), Later));
        Assert.Null(PaybackTime.Of([new(Ask.Day("2025-01-10"), 6, 5)], null, Later));
    }
}
