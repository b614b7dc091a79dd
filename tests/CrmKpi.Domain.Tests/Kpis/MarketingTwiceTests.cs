using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>The same spending on marketing, reported by the advertiser and recorded by accounting.</summary>
public sealed class MarketingTwiceTests
{
    private const string Concerned = "cac,ltv_to_cac,romi,cost_per_lead";
    private static readonly Period March = Ask.Period("2025-03-01", "2025-04-01");
    private static readonly LogEvent Ads = Event(1, "2025-03-05", "campaign/spring", "ad.performance",
        "{'day':'2025-03-05','channel':'cpc','source':'google','impressions':100,'clicks':5,'cost':100}");

    [Theory]
    [InlineData("'channel':'cpc','campaign':'spring'")]
    [InlineData("'channel':'cpc'")]
    [InlineData("'campaign':'spring'")]
    public void A_recorded_cost_of_the_same_channel_or_campaign_is_told(string of)
    {
        var answer = Answer(Concerned, Ads, Recorded(2, "2025-03-31", $"'category':'marketing','amount':100,{of}"));
        Assert.Equal(Concerned.Split(','), Twice(answer).Select(w => w.Kpi));
        Assert.All(Twice(answer), w => Assert.EndsWith("(cost.recorded), for cpc / spring.", w.Detail));
    }

    [Theory]
    [InlineData("2025-03-31", "'category':'marketing','amount':100,'channel':'mail','campaign':'spring'")]
    [InlineData("2025-03-31", "'category':'marketing','amount':100,'channel':'cpc','campaign':'autumn'")]
    [InlineData("2025-03-31", "'category':'marketing','amount':100")] // an agency's fee, say
    [InlineData("2025-03-31", "'category':'license','amount':100,'channel':'cpc'")]
    [InlineData("2025-04-01", "'category':'marketing','amount':100,'channel':'cpc'")] // outside
    [InlineData("2025-03-31", "'category':'marketing','amount':0,'channel':'cpc'")]
    public void Other_costs_are_not(string day, string cost) =>
        Assert.Empty(Twice(Answer(Concerned, Ads, Recorded(2, day, cost))));

    [Fact]
    public void One_kind_alone_is_not_told_in_whatever_currency()
    {
        var settings = Event(9, "2025-01-01", "tenant", "fx.rate_set", "{'day':'2025-03-05','from':'USD','to':'EUR','rate':0.333333}");
        LogEvent[] ads =
        [
            .. Enumerable.Range(1, 3).Select(i => Event(i, "2025-03-05", "campaign/spring", "ad.performance",
                $"{{'day':'2025-03-05','channel':'cpc','source':'s{i}','impressions':1,'clicks':1,"
                + "'cost':{'amount':'0.000001','currency':'USD'}}")),
            settings,
        ];
        Assert.Empty(Twice(Answer(Concerned, ads)));
        Assert.Empty(Twice(Answer(Concerned, Recorded(1, "2025-03-31", "'category':'marketing','amount':100,'channel':'cpc'"))));
        Assert.Equal(4, Twice(Answer(Concerned, [.. ads,
            Recorded(10, "2025-03-31", "'category':'marketing','amount':1,'channel':'cpc'")])).Count());
    }

    [Fact]
    public void Only_kpis_that_count_marketing_are_told()
    {
        LogEvent[] events = [Ads, Recorded(2, "2025-03-31", "'category':'marketing','amount':100,'channel':'cpc'")];
        Assert.Empty(Twice(Answer("crm_cost,roi,cpc,ctr,revenue", events)));
        var cube = Of(new TenantSettings { CacCategories = ["license"] }, events).Snapshot();
        Assert.Equal(["romi"], Twice(Evaluator.Answer(cube, Ask.Query("cac,romi", March))).Select(w => w.Kpi));
    }

    [Fact]
    public void A_filter_leaves_out_what_it_does_not_keep()
    {
        var cube = Of(new TenantSettings(), Ads,
            Recorded(2, "2025-03-31", "'category':'marketing','amount':100,'channel':'cpc'")).Snapshot();
        Assert.Single(Twice(Filtered("cpc")));
        Assert.Empty(Twice(Filtered("mail")));

        KpiAnswer Filtered(string channel) => Evaluator.Answer(
            cube, Ask.Query("romi", March) with { Filters = [new(Dimensions.Channel, [channel])] });
    }

    [Theory]
    [InlineData(Domain.Kpis.Language.En, "for cpc / c0, cpc / c1, cpc / c2, cpc / c3, cpc / c4 (+2).")]
    [InlineData(Domain.Kpis.Language.Ru, "для cpc / c0, cpc / c1, cpc / c2, cpc / c3, cpc / c4 (+2).")]
    public void The_first_are_named(Domain.Kpis.Language language, string end)
    {
        var cube = Of(new TenantSettings(), [.. Enumerable.Range(0, 7).Select(i => Event(i + 1, "2025-03-05", $"campaign/c{i}",
                "ad.performance", "{'day':'2025-03-05','channel':'cpc','impressions':1,'clicks':1,'cost':1}")),
            Recorded(20, "2025-03-31", "'category':'marketing','amount':100,'channel':'cpc'")]).Snapshot();
        var warning = Assert.Single(Twice(Evaluator.Answer(cube, Ask.Query("romi", March) with { Language = language })));
        Assert.EndsWith(end, warning.Detail);
    }

    [Fact]
    public void The_cost_of_advertisements_is_loaded_where_it_is_looked_for()
    {
        Assert.Contains(Measures.AdCost, Ask.Query("romi", March).Measures);
        Assert.Contains(Measures.AdCost, Ask.Query("cac", March).Measures);
        Assert.DoesNotContain(Measures.AdCost, Ask.Query("roi,revenue", March).Measures);
    }

    private static KpiAnswer Answer(string kpis, params LogEvent[] events) =>
        Evaluator.Answer(Of(new TenantSettings(), events).Snapshot(), Ask.Query(kpis, March));

    private static IEnumerable<KpiWarning> Twice(KpiAnswer answer) =>
        answer.Warnings.Where(w => w.Code == "marketing_cost_twice");

    private static LogEvent Recorded(long sequence, string day, string cost) =>
        Event(sequence, day, $"cost/{sequence}", "cost.recorded", $"{{{cost}}}");
}
