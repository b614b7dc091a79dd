using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>Each marketing KPI on a few facts.</summary>
public sealed class MarketingExamplesTests
{
    private static readonly Domain.Periods.Period March = Ask.Period("2025-03-01", "2025-04-01");

    [Fact]
    public void Romi_is_what_came_back_beyond_the_cost_per_cost_by_the_last_or_the_first_touch()
    {
        var cube = new Story().Spent("2025-03-02", 100, "marketing", "cpc").Spent("2025-03-03", 60, "marketing", "mail")
            .Spent("2025-03-03", 999, "license")
            .Touched(Measures.RevenueLastTouch, "2025-03-20", 300, "cpc")
            .Touched(Measures.RevenueLastTouch, "2025-03-21", 60, "mail")
            .Touched(Measures.RevenueFirstTouch, "2025-03-20", 120, "cpc")
            .Touched(Measures.RevenueFirstTouch, "2025-03-21", 240, "mail")
            .Snapshot();

        Assert.Equal((125m, 200m, 160m, null), Full(cube.Value("romi", March)));
        Assert.Equal(125m, cube.Value("romi.first", March).Value);
        Assert.Equal(125m, cube.Value("romi.last", March).Value);
        var last = cube.By("romi", March, Dimensions.Channel);
        var first = cube.By("romi.first", March, Dimensions.Channel);
        Assert.Equal((200m, 0m), (last["cpc"].Value, last["mail"].Value));
        Assert.Equal((20m, 300m), (first["cpc"].Value, first["mail"].Value));
    }

    [Fact]
    public void Without_marketing_costs_there_is_no_romi_and_no_cost_per_lead_but_a_warning()
    {
        var cube = new Story().Spent("2025-03-02", 100, "license").Leads("2025-03-01", 4)
            .Touched(Measures.RevenueLastTouch, "2025-03-20", 300, "cpc").Snapshot();

        foreach (var kpi in (string[])["romi", "cost_per_lead"])
        {
            var answer = Evaluator.Answer(cube, Ask.Query(kpi, March));
            Assert.Null(answer.Kpis[0].Series[0].Points[0].Value.Value);
            Assert.Contains(answer.Warnings, w => w.Code == "costs_missing" && w.Kpi == kpi);
        }
    }

    [Fact]
    public void Cost_per_lead_is_marketing_cost_over_leads_created()
    {
        var cube = new Story().Spent("2025-03-02", 90, "marketing", "cpc").Spent("2025-03-02", 999, "sales_salary")
            .Counted(Measures.LeadsCreated, "2025-03-05", 4, Dimensions.Channel, "cpc").Leads("2025-03-06", 2).Snapshot();

        Assert.Equal((15m, 90m, 6m, null), Full(cube.Value("cost_per_lead", March)));
        Assert.Equal(22.5m, cube.By("cost_per_lead", March, Dimensions.Channel)["cpc"].Value);
    }

    [Fact]
    public void Ctr_and_cpc_are_clicks_per_impression_and_cost_per_click()
    {
        var cube = new Story().Touched(Measures.AdImpressions, "2025-03-02", 4_000, "cpc", "spring", "yandex")
            .Touched(Measures.AdClicks, "2025-03-02", 40, "cpc", "spring", "yandex")
            .Touched(Measures.AdCost, "2025-03-02", 50, "cpc", "spring", "yandex")
            .Touched(Measures.AdImpressions, "2025-03-31", 1_000, "cpc", "spring", "google")
            .Touched(Measures.AdClicks, "2025-03-31", 10, "cpc", "spring", "google").Snapshot();

        Assert.Equal((1m, 50m, 5_000m, 5_000m), Full(cube.Value("ctr", March)));
        Assert.Equal((1m, 50m, 50m, null), Full(cube.Value("cpc", March)));
        Assert.Equal(1.25m, cube.By("cpc", March, Dimensions.Source)["yandex"].Value);
    }

    [Fact]
    public void E_mails_are_opened_clicked_and_unsubscribed_from_per_message_delivered()
    {
        var cube = new Story().Counted(Measures.EmailsSent, "2025-03-02", 100)
            .Counted(Measures.EmailsDelivered, "2025-03-02", 70, bucket: 1).Counted(Measures.EmailsDelivered, "2025-03-02", 10)
            .Counted(Measures.EmailsOpened, "2025-03-02", 20).Counted(Measures.EmailsClicked, "2025-03-02", 5)
            .Counted(Measures.EmailsUnsubscribed, "2025-03-02", 2).Snapshot();

        Assert.Equal((25m, 20m, 80m, 80m), Full(cube.Value("email_open_rate", March)));
        Assert.Equal((6.25m, 5m, 80m, 80m), Full(cube.Value("email_click_rate", March)));
        Assert.Equal((25m, 5m, 20m, 20m), Full(cube.Value("email_click_to_open", March)));
        Assert.Equal((2.5m, 2m, 80m, 80m), Full(cube.Value("unsubscribe_rate", March)));
    }

    [Fact]
    public void Where_no_deliveries_are_told_all_that_was_sent_counts()
    {
        var cube = new Story().Counted(Measures.EmailsSent, "2025-03-02", 100, Dimensions.Campaign, "a")
            .Counted(Measures.EmailsDelivered, "2025-03-02", 20, Dimensions.Campaign, "a")
            .Counted(Measures.EmailsOpened, "2025-03-02", 20, Dimensions.Campaign, "a").Snapshot();

        Assert.Equal((20m, 20m, 100m, 100m), Full(cube.Value("email_open_rate", March)));
        Assert.Equal(20m, cube.By("email_open_rate", March, Dimensions.Campaign)["a"].Value);
    }

    private static (decimal?, decimal?, decimal?, decimal?) Full(KpiValue value) =>
        (value.Value, value.Numerator, value.Denominator, value.N);
}
