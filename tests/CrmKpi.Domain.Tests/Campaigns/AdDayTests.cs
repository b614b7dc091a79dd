using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;
using CrmKpi.Domain.Tests.Folding;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Campaigns;

public sealed class AdDayTests
{
    [Fact]
    public void A_report_counts_on_its_own_day_and_its_cost_stands_among_the_costs()
    {
        var model = Fold(Report(1, "2025-01-09", "2025-01-03", 1_000, 40, "12.5", "'source':'yandex'"));

        Assert.Equal("2025-01-03 {source=yandex, channel=cpc, campaign=spring} +1 1000", model.Show(Measures.AdImpressions));
        Assert.Equal("2025-01-03 {source=yandex, channel=cpc, campaign=spring} +1 40", model.Show(Measures.AdClicks));
        Assert.Equal("2025-01-03 {source=yandex, channel=cpc, campaign=spring} +1 12.5", model.Show(Measures.AdCost));
        Assert.Equal("2025-01-03 {channel=cpc, campaign=spring, category=marketing} +1 12.5", model.Show(Measures.Cost));
    }

    [Fact]
    public void A_later_report_of_the_same_day_channel_and_source_replaces_the_earlier()
    {
        var model = Fold(Report(1, "2025-01-04", "2025-01-03", 1_000, 40, "12"),
            Report(2, "2025-01-05", "2025-01-03", 1_100, 44, "13"), Report(3, "2025-01-04 10:00", "2025-01-03", 1_050, 41, "12.5"), Report(4, "2025-01-05", "2025-01-04", 7, 1, "1"));

        Assert.Equal("""
            2025-01-03 {channel=cpc, campaign=spring} +1 1100
            2025-01-04 {channel=cpc, campaign=spring} +1 7
            """, model.Show(Measures.AdImpressions));
        Assert.Equal("""
            2025-01-03 {channel=cpc, campaign=spring, category=marketing} +1 13
            2025-01-04 {channel=cpc, campaign=spring, category=marketing} +1 1
            """, model.Show(Measures.Cost));
    }

    [Fact]
    public void Sources_of_one_channel_are_told_apart_and_amounts_stay_in_their_currency()
    {
        var model = Fold(Report(1, "2025-01-04", "2025-01-03", 5, 1, "2", "'source':'a'"),
            Report(2, "2025-01-04", "2025-01-03", 6, 1, "{'amount':3,'currency':'USD'}", "'source':'b'"));

        Assert.Equal("""
            2025-01-03 {source=a, channel=cpc, campaign=spring} +1 2
            2025-01-03 {source=b, channel=cpc, campaign=spring, currency=USD} +1 3
            """, model.Show(Measures.AdCost));
        var fact = model.Fact(EntityKey.PartOf(EntityKind.AdDay, "campaign/spring", "2025-01-03", "cpc", "b"));
        Assert.Equal((new DateOnly(2025, 1, 3), "b", "USD", 3m), (fact["day"], fact["source"], fact["currency"], fact["cost"]));
    }

    private static ReadModel Fold(params LogEvent[] events) => Of(new TenantSettings(), events);

    private static LogEvent Report(
        long sequence, string time, string day, int impressions, int clicks, string cost, string? source = null) =>
        Event(sequence, time, "campaign/spring", "ad.performance",
            $"{{'day':'{day}','channel':'cpc','impressions':{impressions},'clicks':{clicks},'cost':{cost}"
            + (source is null ? "}" : $",{source}}}"));
}
