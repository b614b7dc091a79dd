using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Kpis.Explain;
using CrmKpi.Domain.Periods;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Kpis.Explain;

public sealed class ExplainerTests
{
    private static readonly Period March = new(new DateOnly(2025, 3, 1), new DateOnly(2025, 4, 1));

    private static readonly Period Before = new(new DateOnly(2024, 1, 1), new DateOnly(2024, 2, 1));

    private static readonly Explained Shop = new(
        new() { Currency = "EUR" },
        Event(1, "2025-03-03", "lead/1", "lead.created", "{'source':'ads'}"),
        Event(2, "2025-03-04", "deal/1", "deal.created", "{'lead':'1','customer':'c1','pipeline':'main','stage':'new','manager':'ann'}"),
        Event(3, "2025-03-14", "deal/1", "deal.won", "{'amount':{'amount':'1054.50','currency':'EUR'}}"),
        Event(4, "2025-03-05", "deal/2", "deal.created", "{'pipeline':'main','stage':'new','manager':'bob'}"),
        Event(5, "2025-03-25", "deal/2", "deal.lost", "{'reason':'price'}"),
        Event(6, "2025-03-06", "deal/3", "deal.created",
            "{'pipeline':'main','stage':'new','manager':'ann','amount':{'amount':'10','currency':'USD'}}"),
        Event(7, "2025-03-07", "deal/3", "deal.amount_changed", "{'amount':{'amount':'40','currency':'USD'}}"),
        Event(8, "2025-03-30", "tenant", "fx.rate_set", "{'day':'2025-03-30','from':'USD','to':'EUR','rate':0.9}"),
        Event(9, "2025-03-20", "deal/4", "deal.created", "{'pipeline':'main','stage':'new','manager':'ann'}"),
        Event(10, "2025-03-22", "deal/4", "deal.won", "{'amount':{'amount':'7','currency':'CNY'}}"));

    [Fact]
    public void A_ratio_shows_its_formula_its_numbers_and_its_parts()
    {
        var explanation = Shop.Of("win_rate", March);
        Assert.Equal("deals_won ÷ (deals_won + deals_lost)", explanation.Formula);
        Assert.Equal("2 ÷ (2 + 1)", explanation.Calculation);
        Assert.Equal((2m, 3m), (explanation.Value.Numerator, explanation.Value.Denominator));
        Assert.Equal(
            [("deals_won", KpiPart.Numerator | KpiPart.Denominator, 2m), ("deals_lost", KpiPart.Denominator, 1m)],
            explanation.Readings.Select(r => (r.Reading.ToString(), r.Part, r.Value!.Value)));
        Assert.Equal(["timeZone", "currency", "pipelines"], explanation.Settings);
    }

    [Fact]
    public void Facts_tell_the_entity_the_day_and_the_dimensions()
    {
        var explanation = Shop.Of("revenue", March, new DimensionFilter(Dimensions.Source, ["ads"]));
        Assert.Equal(("sum(deals_won)", "1054.5", KpiPart.Whole), (explanation.Formula, explanation.Calculation, explanation.Readings[0].Part));
        var fact = Assert.Single(Shop.Facts(explanation));
        Assert.Equal(("deal/1", new DateOnly(2025, 3, 14).DayNumber, 1L), (fact.Entity!.Value.Stream, fact.Day, fact.Count));
        Assert.Equal(("ads", "ann"), (fact.Dims[Dimensions.Source], fact.Dims[Dimensions.Manager]));
        Assert.Equal((1054.5m, 1054.5m), (explanation.Readings[0].Adds(fact), explanation.Readings[0].ValueOf(fact)));
    }

    [Fact]
    public void Of_what_lasts_only_what_is_left_is_listed_and_converted_at_the_end()
    {
        var explanation = Shop.Of("pipeline_value", March);
        var fact = Assert.Single(Shop.Facts(explanation));
        var reading = explanation.Readings[0];
        Assert.Equal(("deal/3", 1L, 40m, 36m, 0.9m), (fact.Entity!.Value.Stream, fact.Count, reading.ValueOf(fact), reading.Adds(fact), fact.Rate));
        Assert.Equal(new Conversion("USD", new(2025, 3, 31), 40, 0.9m, 36), Assert.Single(reading.Conversions));
        Assert.Equal(36m, explanation.Value.Value);
    }

    [Fact]
    public void An_amount_without_a_rate_is_listed_and_adds_nothing()
    {
        var explanation = Shop.Of("revenue", March);
        var fact = Assert.Single(Shop.Facts(explanation), f => f.Dims[Dimensions.Currency] == "CNY");
        Assert.Equal((null, (Int128)0, 7m), (fact.Rate, fact.Adds, explanation.Readings[0].ValueOf(fact)));
        Assert.Equal(new Conversion("CNY", new(2025, 3, 22), 7, null, 0), Assert.Single(explanation.Readings[0].Conversions));
        Assert.Equal(1054.5m, explanation.Value.Value);
        Assert.Contains(explanation.Warnings, w => w.Code == "rate_missing");
    }

    [Fact]
    public void Nothing_to_divide_by_is_shown_as_no_data()
    {
        var explanation = Shop.Of("average_deal_size", Before);
        Assert.Null(explanation.Value.Value);
        Assert.Equal("0 ÷ 0", explanation.Calculation);
        Assert.Empty(Shop.Facts(explanation));
        Assert.Contains("–", Shop.Of("sales_cycle.median", Before).Calculation);
    }

    [Fact]
    public void Distinct_values_are_listed_once_with_an_example()
    {
        var output = Catalogue.All.SelectMany(Catalogue.IdsOf).Select(Catalogue.Resolve)
            .First(o => o?.Formula.Readings.Any(r => r is DistinctValues { Dimension: Dimensions.Manager }) == true)!;
        var explanation = Shop.Of(output, March);
        var reading = explanation.Readings.First(r => r.Reading is DistinctValues);
        var values = Shop.Facts(explanation).Where(f => f.Reading == reading.Index).ToList();
        Assert.Equal(reading.Value, values.Sum(reading.Adds));
        Assert.All(values, v => Assert.Null(v.Entity));
        Assert.Equal(values.Select(v => v.Dims[Dimensions.Manager]).Order().Distinct(), values.Select(v => v.Dims[Dimensions.Manager]));

        var finder = new DistinctFinder(Shop.Snapshot, March, [], explanation.Readings);
        var examples = finder.Examples();
        var found = Shop.States(examples.Kinds).SelectMany(examples.FactsOf).ToList();
        Assert.All(values, v => Assert.Contains(found, f => finder.IsExample(v, f)));
    }

    [Theory]
    [InlineData("retention_rate", "inactivityDays", "purchaseSource")]
    [InlineData("cac", "currency", "cacCategories")]
    [InlineData("stuck_deals_share", "stuckDays", "pipelines")]
    public void The_settings_that_matter_are_named(string kpi, params string[] settings)
    {
        var named = Shop.Of(kpi, March).Settings;
        Assert.Equal("timeZone", named[0]);
        Assert.All(settings, s => Assert.Contains(s, named));
        Assert.Equal(named.Distinct(), named);
        Assert.DoesNotContain("calendar", named);
    }
}
