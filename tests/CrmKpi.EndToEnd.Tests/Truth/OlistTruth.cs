using System.Text.Json;
using CrmKpi.EndToEnd.Tests.Local;

namespace CrmKpi.EndToEnd.Tests.Truth;

[Collection(LocalCollection.Name)]
public sealed class OlistTruth(LocalFixture local)
{
    private const string Leads = "from=2017-06-01&to=2018-06-01";
    private const string Deals = "from=2017-12-01&to=2018-12-01";

    private static readonly JsonElement Truth = Answer.Truth("olist");

    [Fact]
    public async Task Conversion_of_all_leads() =>
        Answer.Ratio(Truth.GetProperty("conversion"), await local.One(LocalFixture.Olist, $"kpi=lead_conversion&{Leads}"));

    [Theory]
    [InlineData(7)]
    [InlineData(14)]
    [InlineData(30)]
    [InlineData(60)]
    [InlineData(90)]
    [InlineData(180)]
    public async Task Conversion_within_days(int days) => Answer.Ratio(
        Truth.GetProperty("conversion_within_days").GetProperty($"{days}"),
        await local.One(LocalFixture.Olist, $"kpi=lead_conversion.within{days}&{Leads}"));

    [Fact]
    public async Task Conversion_by_origin_keeps_blank_and_unknown_apart()
    {
        var truth = Truth.GetProperty("conversion_by_origin").EnumerateObject().ToDictionary(o => o.Name, o => o.Value);
        var answer = await local.Kpi(LocalFixture.Olist, $"kpi=lead_conversion&groupBy=source&{Leads}");
        Assert.Equal(truth.Keys.Order(), answer.Keys.Order());
        foreach (var (origin, expected) in truth)
        {
            Assert.Equal(expected.Get("deals"), answer[origin][0].Get("numerator"));
            Assert.Equal(expected.Get("leads"), answer[origin][0].Get("denominator"));
        }
    }

    [Theory]
    [InlineData("month", "2017-06-01", "2018-06-01", "conversion_by_month_of_first_contact")]
    [InlineData("quarter", "2017-04-01", "2018-07-01", "conversion_by_quarter_of_first_contact")]
    public async Task Conversion_by_first_contact(string grain, string from, string to, string name)
    {
        var truth = Truth.GetProperty(name).EnumerateObject().Select(o => o.Value).ToList();
        var points = Assert.Single(await local.Kpi(LocalFixture.Olist, $"kpi=lead_conversion&grain={grain}&from={from}&to={to}")).Value;
        Assert.Equal(truth.Select(t => (t.Get("deals"), t.Get("leads"))), points.Select(p => (p.Get("numerator"), p.Get("denominator"))));
    }

    [Fact]
    public async Task Sales_cycle_with_the_negative_one()
    {
        var truth = Truth.GetProperty("sales_cycle").GetProperty("exact_days");
        var mean = await local.One(LocalFixture.Olist, $"kpi=sales_cycle.mean&{Deals}");
        Assert.Equal(842, mean.Get("n"));
        Answer.Same(truth.Get("mean"), mean.Get("value"));
        Answer.Quantile(truth.Get("median"), (await local.One(LocalFixture.Olist, $"kpi=sales_cycle.median&{Deals}")).Get("value"));
        Answer.Quantile(truth.Get("p90"), (await local.One(LocalFixture.Olist, $"kpi=sales_cycle.p90&{Deals}")).Get("value"));
    }

    [Fact]
    public async Task Sales_cycle_by_origin_of_the_lead()
    {
        var answer = await local.Kpi(LocalFixture.Olist, $"kpi=sales_cycle.mean&groupBy=source&{Deals}");
        foreach (var origin in Truth.GetProperty("conversion_by_origin").EnumerateObject())
            Answer.Same(origin.Value.Get("cycle_mean_days_exact"), answer[origin.Name][0].Get("value"));
    }

    [Fact]
    public async Task Deals_per_sales_representative() => await Counts(
        Truth.GetProperty("per_sr").GetProperty("counts"), await local.Kpi(LocalFixture.Olist, $"kpi=deals_won&groupBy=manager&{Deals}"), "value");

    [Fact]
    public async Task Deals_per_sales_development_representative()
    {
        var answer = await local.Kpi(LocalFixture.Olist, $"kpi=lead_conversion&groupBy=manager&{Leads}");
        // The leads that no deal came of have no manager in the data.
        Assert.True(answer.Remove("(blank)", out var blank));
        Assert.Equal((0, 8000 - 842), (blank[0].Get("numerator"), blank[0].Get("denominator")));
        await Counts(Truth.GetProperty("per_sdr").GetProperty("counts"), answer, "numerator");
    }

    [Fact]
    public async Task Deals_by_month_and_segment_and_their_amount()
    {
        var months = Assert.Single(await local.Kpi(LocalFixture.Olist, $"kpi=deals_won&grain=month&{Deals}")).Value;
        var expected = Truth.GetProperty("deals_by_won_month").EnumerateObject().ToDictionary(m => m.Name, m => (decimal?)m.Value.GetDecimal());
        Assert.Equal(expected, months.ToDictionary(m => m.Day()[..7], m => m.Get("value")));
        await Counts(Truth.GetProperty("deals_by_business_segment"),
            await local.Kpi(LocalFixture.Olist, $"kpi=deals_won&groupBy=segment&{Deals}"), "value");
        var revenue = await local.One(LocalFixture.Olist, $"kpi=revenue&{Deals}");
        Assert.Equal(61_784_006m, revenue.Get("value"));
    }

    private static Task Counts(JsonElement truth, Dictionary<string, List<JsonElement>> answer, string member)
    {
        Assert.Equal(
            truth.EnumerateObject().ToDictionary(p => p.Name, p => (decimal?)p.Value.GetDecimal()),
            answer.ToDictionary(a => a.Key, a => a.Value[0].Get(member)));
        return Task.CompletedTask;
    }
}
