using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Costs;

public sealed class CostTests
{
    private static readonly TenantSettings Settings = new();

    [Fact]
    public void Without_a_period_a_cost_lies_on_its_day() =>
        Assert.Equal("2025-01-05 {channel=ads, campaign=spring, category=marketing} +1 10.5",
            Of(Settings, Event(1, "2025-01-05", "cost/k", "cost.recorded",
                "{'category':'marketing','amount':10.5,'channel':'ads','campaign':'spring'}")).Show(Measures.Cost));

    [Fact]
    public void Over_a_period_the_parts_sum_up_to_the_whole()
    {
        var model = Of(Settings, Recorded(1, "'0.000010'", "2025-01-01", "2025-01-03"));

        Assert.Equal("""
            2025-01-01 {category=license} +1 0.000003
            2025-01-02 {category=license} +1 0.000003
            2025-01-03 {category=license} +1 0.000004
            """, model.Show(Measures.Cost));
    }

    [Theory]
    [InlineData("'1000000000000'", "2025-01-01", "2034-12-31")]
    [InlineData("'-99.999999'", "2025-01-01", "2025-12-31")]
    [InlineData("'0.000001'", "2024-02-28", "2024-03-01")]
    public void Nothing_is_lost_or_added_whatever_the_amount_and_period(string amount, string from, string to)
    {
        var model = Of(Settings, Recorded(1, amount, from, to));

        var sum = model.Cells.Values.Aggregate((Int128)0, (total, cell) => total + cell.Sum);
        Assert.Equal((Int128)(decimal.Parse(amount.Trim('\'')) * 1_000_000), sum);
        Assert.Equal(DateOnly.Parse(to).DayNumber - DateOnly.Parse(from).DayNumber + 1, model.Cells.Count);
    }

    [Fact]
    public void A_later_record_of_the_same_cost_replaces_it()
    {
        var model = Of(Settings, Recorded(1, "90", "2025-01-01", "2025-03-31"), Event(2, "2025-06-01", "cost/k", "cost.recorded",
            "{'category':'license','amount':7}"));

        Assert.Equal("2025-06-01 {category=license} +1 7", model.Show(Measures.Cost));
    }

    [Fact]
    public void Another_currency_stays_in_its_own()
    {
        var model = Of(Settings, Event(1, "2025-01-05", "cost/k", "cost.recorded",
            "{'category':'license','amount':{'amount':5,'currency':'USD'}}"));

        Assert.Equal("2025-01-05 {category=license, currency=USD} +1 5", model.Show(Measures.Cost));
    }

    private static Domain.Events.LogEvent Recorded(long sequence, string amount, string from, string to) => Event(
        sequence, "2025-01-05", "cost/k", "cost.recorded",
        $"{{'category':'license','amount':{amount},'period':{{'from':'{from}','to':'{to}'}}}}");
}
