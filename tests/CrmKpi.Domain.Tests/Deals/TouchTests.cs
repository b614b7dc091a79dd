using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using CrmKpi.Domain.Tests.Folding;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Deals;

/// <summary>Which source, channel and campaign a sale is put down to.</summary>
public sealed class TouchTests
{
    private static readonly LogEvent Won = Event(9, "2025-03-01", "deal/d", "deal.won", "{'amount':100,'lead':'l'}");

    [Fact]
    public void The_lead_came_by_one_source_and_the_deal_by_another()
    {
        var model = Fold(
            Event(1, "2025-01-01", "lead/l", "lead.created", "{'source':'google','campaign':'winter'}"),
            Event(2, "2025-02-01", "deal/d", "deal.created", "{'stage':'new','source':'yandex','channel':'cpc'}"), Won);

        Assert.Equal("2025-03-01 {source=google, channel=cpc, campaign=winter} +1 100", model.Show(Measures.RevenueFirstTouch));
        Assert.Equal("2025-03-01 {source=yandex, channel=cpc, campaign=winter} +1 100", model.Show(Measures.RevenueLastTouch));
        Assert.Equal("2025-03-01 {source=yandex, channel=cpc, campaign=winter} +1 100", model.Show(Measures.DealsWon));
    }

    [Fact]
    public void The_last_may_be_told_of_the_lead_and_the_first_be_told_late()
    {
        var model = Fold(Event(2, "2025-02-01", "deal/d", "deal.created", "{'stage':'new','source':'yandex'}"), Won,
            Event(10, "2025-02-20", "lead/l", "lead.status_changed", "{'status':'s','source':'mail'}"));
        model.Fold([Event(11, "2025-01-05", "lead/l", "lead.created", "{'utm':{'source':'google'}}")]);

        Assert.Equal("2025-03-01 {source=google} +1 100", model.Show(Measures.RevenueFirstTouch));
        Assert.Equal("2025-03-01 {source=mail} +1 100", model.Show(Measures.RevenueLastTouch));
    }

    [Fact]
    public void Of_values_told_at_once_the_sequence_decides()
    {
        var model = Fold(Event(1, "2025-02-01", "deal/d", "deal.created", "{'stage':'new','source':'a'}"),
            Event(2, "2025-02-01", "deal/d", "deal.assigned", "{'manager':'m','source':'b'}"), Won);

        Assert.Equal("2025-03-01 {source=a} +1 100", model.Show(Measures.RevenueFirstTouch));
        Assert.Equal("2025-03-01 {source=b} +1 100", model.Show(Measures.RevenueLastTouch));
    }

    [Fact]
    public void A_sale_of_unknown_origin_stands_under_blank_and_a_lost_deal_nowhere()
    {
        var model = Fold(Won);
        Assert.Equal("2025-03-01 +1 100", model.Show(Measures.RevenueFirstTouch));
        Assert.Equal("2025-03-01 +1 100", model.Show(Measures.RevenueLastTouch));

        model.Fold([Event(10, "2025-03-02", "deal/d", "deal.lost")]);
        Assert.Equal("", model.Show(Measures.RevenueFirstTouch) + model.Show(Measures.RevenueLastTouch));
    }

    private static ReadModel Fold(params LogEvent[] events) => Of(new TenantSettings(), events);
}
