using System.Globalization;
using System.Text.Json;
using CrmKpi.EndToEnd.Tests.Local;

namespace CrmKpi.EndToEnd.Tests.Truth;

[Collection(LocalCollection.Name)]
public sealed class CdnowTruth(LocalFixture local)
{
    private const string All = "from=1997-01-01&to=1998-07-01";

    private static readonly JsonElement Truth = Answer.Truth("cdnow");

    [Fact]
    public async Task Average_order_value_keeps_purchases_of_nothing()
    {
        var aov = await local.One(LocalFixture.Cdnow, $"kpi=aov&{All}");
        Assert.Equal(decimal.Parse(Truth.GetProperty("revenue").GetString()!, CultureInfo.InvariantCulture), aov.Get("numerator"));
        Assert.Equal(Truth.Get("transactions"), aov.Get("denominator"));
        Answer.Same(Truth.Get("aov"), aov.Get("value"));
    }

    [Fact]
    public async Task Repeat_customers() => Answer.Ratio(
        Truth.GetProperty("repeat_rate"), await local.One(LocalFixture.Cdnow, $"kpi=repeat_customer_share&{All}"));

    [Fact]
    public async Task Purchases_per_customer()
    {
        var customers = await local.One(LocalFixture.Cdnow, $"kpi=new_customers&{All}");
        var purchases = await local.One(LocalFixture.Cdnow, $"kpi=aov&{All}");
        Assert.Equal(Truth.Get("customers"), customers.Get("value"));
        Answer.Same(Truth.Get("purchases_per_customer"), purchases.Get("denominator") / customers.Get("value"));
        var repeats = await local.One(LocalFixture.Cdnow, $"kpi=repeat_sales_share&{All}");
        Assert.Equal((69_659 - 23_570, 69_659), (repeats.Get("numerator"), repeats.Get("denominator")));
    }

    [Fact]
    public async Task Purchases_per_customer_and_year_of_exposure()
    {
        var frequency = await local.One(LocalFixture.Cdnow, $"kpi=purchase_frequency&{All}");
        Answer.Same(Truth.GetProperty("purchases_per_customer_per_year").Get("B"), frequency.Get("value"));
    }

    [Fact]
    public async Task Lifetime_and_lifetime_value()
    {
        var truth = Truth.GetProperty("ltv");
        Answer.Same(truth.Get("mean_lifespan_years"), (await local.One(LocalFixture.Cdnow, $"kpi=customer_lifetime&{All}")).Get("value"));
        Answer.Same(truth.Get("lifespan_based"), (await local.One(LocalFixture.Cdnow, $"kpi=ltv&{All}")).Get("value"));
    }

    [Fact]
    public async Task Purchases_by_month()
    {
        var points = Assert.Single(await local.Kpi(LocalFixture.Cdnow, $"kpi=aov&grain=month&{All}")).Value;
        foreach (var (month, point) in Truth.GetProperty("by_month").EnumerateObject().Zip(points))
        {
            Assert.StartsWith(month.Name, point.Day());
            Assert.Equal(month.Value.Get("transactions"), point.Get("denominator"));
            Assert.Equal(
                decimal.Parse(month.Value.GetProperty("revenue").GetString()!, CultureInfo.InvariantCulture), point.Get("numerator"));
        }
    }

    [Fact]
    public async Task Buyers_and_new_customers_by_month()
    {
        var truth = Truth.GetProperty("monthly").EnumerateArray().ToList();
        var buyers = Assert.Single(await local.Kpi(LocalFixture.Cdnow, $"kpi=buying_customers&grain=month&{All}")).Value;
        var added = Assert.Single(await local.Kpi(LocalFixture.Cdnow, $"kpi=new_customers&grain=month&{All}")).Value;
        Assert.Equal(truth.Select(m => m.Get("active_customers")), buyers.Select(p => p.Get("value")));
        Assert.Equal(truth.Select(m => m.Get("new_customers")), added.Select(p => p.Get("value")));
    }

    [Fact]
    public async Task Quarterly_customers_at_start_new_at_end_lost_kept_and_reactivated()
    {
        var truth = Truth.GetProperty("quarterly").EnumerateArray().ToList();
        async Task<List<JsonElement>> Quarters(string kpi) =>
            Assert.Single(await local.Kpi(LocalFixture.Cdnow, $"kpi={kpi}&grain=quarter&{All}")).Value;

        var (active, added, retention) = (await Quarters("active_customers"), await Quarters("new_customers"), await Quarters("retention_rate"));
        var (strict, churn, back) = (await Quarters("retention_strict"), await Quarters("churn_rate"), await Quarters("reactivated_customers"));
        Assert.Equal(6, truth.Count);
        foreach (var (i, quarter) in truth.Index())
        {
            Assert.Equal(quarter.Get("end"), active[i].Get("value"));
            Assert.Equal(quarter.Get("new"), added[i].Get("value"));
            Assert.Equal(quarter.Get("reactivated"), back[i].Get("value"));
            Assert.Equal(quarter.Get("start"), churn[i].Get("denominator"));
            Assert.Equal(quarter.Get("lost"), churn[i].Get("numerator"));
            Assert.Equal(quarter.Get("kept"), strict[i].Get("numerator"));
            Assert.Equal(quarter.Get("end") - quarter.Get("new"), retention[i].Get("numerator"));
            Assert.Equal(quarter.Get("start"), retention[i].Get("denominator"));
            if (quarter.Get("start") == 0)
                Assert.Null(churn[i].Get("value"));
        }
        // The year's first buyers once more: who bought in each quarter.
        var buyers = await Quarters("buying_customers");
        Assert.Equal(truth.Select(q => q.Get("buyers_in_quarter")), buyers.Select(p => p.Get("value")));
    }
}
