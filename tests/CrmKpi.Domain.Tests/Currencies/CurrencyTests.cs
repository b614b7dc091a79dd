using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Settings;
using CrmKpi.Domain.Tests.Kpis;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Currencies;

/// <summary>Amounts in other currencies: at the rate of their day, and told when there is none.</summary>
public sealed class CurrencyTests
{
    private static readonly TenantSettings Rubles = new() { Currency = "RUB" };

    [Fact]
    public void Revenue_is_converted_at_the_rate_of_the_day_on_which_the_deal_was_won()
    {
        var cube = Cube(Won(1, "2025-01-10", 100, "USD"), Won(2, "2025-01-20", 100, "USD"), Won(3, "2025-01-20", 50, "RUB"),
            Rate(4, "2025-01-10", "USD", "RUB", 90), Rate(5, "2025-01-20", "USD", "RUB", 100));

        Assert.Equal(9_000 + 10_000 + 50, cube.Value("revenue", Ask.Period("2025-01-01", "2025-02-01")).Value);
        Assert.Equal(9_000, cube.Value("revenue", Ask.Period("2025-01-01", "2025-01-11")).Value);
        Assert.Equal(19_050m / 3, cube.Value("average_deal_size", Ask.Period("2025-01-01", "2025-02-01")).Value);
    }

    [Fact]
    public void A_day_without_a_rate_takes_the_last_one_before_it_unless_that_is_old()
    {
        var cube = Cube(Won(1, "2025-01-20", 1, "USD"), Won(2, "2025-01-21", 1, "USD"), Won(3, "2025-01-09", 1, "USD"),
            Rate(4, "2025-01-10", "USD", "RUB", 90));
        var answer = Evaluator.Answer(cube, Ask.Query("revenue", Ask.Period("2025-01-01", "2025-02-01")));

        Assert.Equal(90, answer.Kpis[0].Series[0].Points[0].Value.Value);
        var warning = Assert.Single(answer.Warnings, w => w.Code == "rate_missing");
        Assert.Equal(
            "Not counted: 2 USD (2; 2025-01-09 … 2025-01-21), there is no rate of USD to RUB. Send fx.rate_set.", warning.Detail);
    }

    [Fact]
    public void A_mean_leaves_out_what_has_no_rate_and_a_count_does_not()
    {
        var cube = Cube(Won(1, "2025-01-20", 7, "USD"), Won(2, "2025-01-21", 10, "RUB"));
        var period = Ask.Period("2025-01-01", "2025-02-01");

        Assert.Equal(10, cube.Value("average_deal_size", period).Value);
        Assert.Equal(1, cube.Value("average_deal_size", period).N);
        Assert.Equal(2, cube.Value("deals_won", period).Value);
    }

    [Fact]
    public void A_rate_from_the_own_currency_is_turned_round_and_a_direct_one_goes_before_it()
    {
        var cube = Cube(Won(1, "2025-01-10", 100, "USD"), Won(2, "2025-01-11", 100, "USD"),
            Rate(3, "2025-01-10", "RUB", "USD", 0.0125m), Rate(4, "2025-01-11", "RUB", "USD", 0.5m),
            Rate(5, "2025-01-11", "USD", "RUB", 90));

        Assert.Equal(8_000, cube.Value("revenue", Ask.Period("2025-01-10", "2025-01-11")).Value);
        Assert.Equal(9_000, cube.Value("revenue", Ask.Period("2025-01-11", "2025-01-12")).Value);
    }

    [Fact]
    public void A_corrected_rate_corrects_the_past_without_new_facts()
    {
        var model = Of(Rubles, Won(1, "2025-01-10", 100, "USD"), Rate(2, "2025-01-10", "USD", "RUB", 90));
        model.Fold([Rate(3, "2025-01-10", "USD", "RUB", 91)]);

        Assert.Equal("2025-01-10 {currency=USD} +1 91000000000", model.Show(Measures.FxRate));
        Assert.Equal(9_100, Snapshot(model).Value("revenue", Ask.Period("2025-01-01", "2025-02-01")).Value);
    }

    [Fact]
    public void Open_deals_are_worth_what_they_are_worth_on_the_last_day()
    {
        var cube = Cube(
            Event(1, "2025-01-05", "deal/d", "deal.created", "{'stage':'new','amount':{'amount':10,'currency':'USD'}}"),
            Event(2, "2025-01-05", "deal/e", "deal.created", "{'stage':'new','amount':{'amount':3,'currency':'RUB'}}"),
            Rate(3, "2025-01-05", "USD", "RUB", 90), Rate(4, "2025-01-12", "USD", "RUB", 100));

        Assert.Equal(903, cube.Value("pipeline_value", Ask.Period("2025-01-01", "2025-01-12")).Value);
        Assert.Equal(1_003, cube.Value("pipeline_value", Ask.Period("2025-01-01", "2025-01-13")).Value);
        var late = Evaluator.Answer(cube, Ask.Query("pipeline_value", Ask.Period("2025-01-01", "2025-02-01")));
        Assert.Equal(3, late.Kpis[0].Series[0].Points[0].Value.Value);
        Assert.Contains(late.Warnings, w => w.Code == "rate_missing" && w.Detail.Contains("10 USD"));
    }

    [Fact]
    public void Rates_between_other_currencies_say_nothing()
    {
        var model = Of(Rubles, Rate(1, "2025-01-10", "USD", "EUR", 0.9m));
        Assert.Equal("", model.Show(Measures.FxRate));
    }

    private static CubeSnapshot Cube(params LogEvent[] events) => Snapshot(Of(Rubles, events));

    private static CubeSnapshot Snapshot(Folding.ReadModel model)
    {
        var list = new ContributionList();
        foreach (var (key, bytes) in model.States)
            EntityState.Deserialize(key, bytes).Contribute(new FoldContext(Rubles), list);
        return CubeSnapshot.From("t", Rubles, list.From(0).ToArray());
    }

    private static LogEvent Won(long sequence, string day, int amount, string currency) => Event(
        sequence, day, $"deal/{sequence}", "deal.won", $"{{'amount':{{'amount':{amount},'currency':'{currency}'}}}}");

    private static LogEvent Rate(long sequence, string day, string from, string to, decimal rate) => Event(
        sequence, "2025-03-01", "tenant", "fx.rate_set",
        FormattableString.Invariant($"{{'day':'{day}','from':'{from}','to':'{to}','rate':{rate}}}"));
}
