using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>Each customer KPI on a few purchases; a customer is active for forty days after one.</summary>
public sealed class CustomersExamplesTests
{
    [Fact]
    public void Tickets_complaints_answers_resolutions_and_those_opened_again()
    {
        const long hour = 3_600_000;
        var cube = new Story().Counted(Measures.Complaints, "2025-03-02", 3, Dimensions.Category, "high")
            .Counted(Measures.TicketsResolved, "2025-03-05", 8).Counted(Measures.TicketsReopened, "2025-03-05", 2)
            .Duration(Measures.TicketFirstResponseTime, "2025-03-02", hour)
            .Duration(Measures.TicketFirstResponseTime, "2025-03-03", 3 * hour)
            .Duration(Measures.TicketResolutionTime, "2025-03-05", 24 * hour)
            .Duration(Measures.TicketResolutionTime, "2025-03-06", 48 * hour)
            .Duration(Measures.TicketResolutionTime, "2025-03-07", 192 * hour).Snapshot();
        var march = Ask.Period("2025-03-01", "2025-04-01");

        Assert.Equal(3, cube.Value("complaints", march).Value);
        Assert.Equal(3, cube.By("complaints", march, Dimensions.Category)["high"].Value);
        Assert.Equal(120, cube.Value("ticket_first_response_time", march).Value);
        Assert.Equal((decimal)(24 + 48 + 192) / 24 / 3, cube.Value("ticket_resolution_time", march).Value);
        // Of few values quantiles lie on one of them; a histogram knows it to 3 %.
        Assert.InRange(cube.Value("ticket_resolution_time.median", march).Value!.Value, 1.9m, 2.1m);
        Assert.InRange(cube.Value("ticket_resolution_time.p90", march).Value!.Value, 2m, 8.3m);
        Assert.InRange(cube.Value("ticket_first_response_time.median", march).Value!.Value, 58m, 180m);
        Assert.InRange(cube.Value("ticket_first_response_time.p90", march).Value!.Value, 60m, 186m);
        Assert.Equal(25, cube.Value("ticket_reopen_rate", march).Value);
    }

    private static readonly Domain.Periods.Period March = Ask.Period("2025-03-01", "2025-04-01");

    /// <summary>
    /// At the start of March: ann, bob and eve are active. In March bob buys again, zoe is new, old comes back.
    /// At its end: bob, zoe and old are active; ann and eve are lost.
    /// </summary>
    private static CubeSnapshot Cube() => new Story()
        .Bought("ann", "2025-02-01").Bought("eve", "2025-02-15").Bought("bob", "2025-02-20").Bought("bob", "2025-03-20", 30)
        .Bought("zoe", "2025-03-25", 50).Bought("old", "2024-06-01").Bought("old", "2025-03-10", 20).Bought("old", "2025-03-10", 20)
        .Snapshot();

    [Theory]
    [InlineData("active_customers", 3)] // bob, zoe, old
    [InlineData("new_customers", 1)] // zoe
    [InlineData("reactivated_customers", 1)] // old
    [InlineData("buying_customers", 3)] // bob, zoe, old
    public void Counts(string kpi, int expected) => Assert.Equal(expected, Cube().Value(kpi, March).Value);

    [Theory]
    [InlineData("retention_rate", 2, 3)] // (3 active at the end − 1 new) ÷ 3 active at the start
    [InlineData("retention_strict", 1, 3)] // bob
    [InlineData("churn_rate", 2, 3)] // ann, eve
    [InlineData("churn_rate_total", 2, 5)] // of ann, eve, bob, zoe, old
    [InlineData("repeat_sales_share", 3, 4)] // bob's and both of old's, not zoe's
    [InlineData("repeat_customer_share", 1, 3)] // old
    public void Shares(string kpi, int numerator, int denominator)
    {
        var value = Cube().Value(kpi, March);
        Assert.Equal((numerator, denominator), (value.Numerator, value.Denominator));
        Assert.Equal(100m * numerator / denominator, value.Value!.Value, 20);
    }

    [Fact]
    public void Customers_who_are_still_active_are_data_of_a_period_without_a_purchase()
    {
        // The last one bought on 25 March and is active for forty days.
        var query = Ask.Query("active_customers,new_customers,retention_rate", Ask.Period("2025-04-01", "2025-05-01"));
        Assert.DoesNotContain(Evaluator.Answer(Cube(), query).Warnings, w => w.Code == "period_not_covered");
    }

    [Fact]
    public void Order_value_frequency_lifetime_and_what_a_customer_is_worth()
    {
        var cube = new Story().Bought("ann", "2025-03-02", 100).Bought("ann", "2025-03-22", 300).Bought("bob", "2025-03-22", 200)
            .Snapshot();

        Assert.Equal(200, cube.Value("aov", March).Value); // 600 ÷ 3
        // ann was a customer for 30 days of March, bob for 10: 3 purchases × 365 ÷ 40 days.
        Assert.Equal((3m * 365, 40m), (cube.Value("purchase_frequency", March).Numerator, cube.Value("purchase_frequency", March).Denominator));
        Assert.Equal(27.375m, cube.Value("purchase_frequency", March).Value);
        // ann: 20 days from first to last, bob: 0; mean 10 days = 10 ÷ 365 years.
        Assert.Equal(20m / (2 * 365), cube.Value("customer_lifetime", March).Value);
        Assert.Equal(150m, cube.Value("ltv", March).Value!.Value, 20); // 200 × 27.375 × 10 ÷ 365
    }

    [Fact]
    public void A_known_margin_share_lowers_what_a_customer_is_worth()
    {
        var cube = new Story().Bought("ann", "2025-03-02", 100).Bought("ann", "2025-03-22", 300).Bought("bob", "2025-03-22", 200)
            .Margin("2025-03-02", 25, 100).Snapshot();
        Assert.Equal(37.5m, cube.Value("ltv", March).Value!.Value, 20);
    }

    [Fact]
    public void Acquisition_cost_counts_the_categories_of_the_settings()
    {
        var cube = new Story { Settings = new TenantSettings { CacCategories = ["marketing"] } }
            .Bought("ann", "2025-03-02").Bought("bob", "2025-03-03").Spent("2025-03-01", 90, "marketing", "ads")
            .Spent("2025-03-01", 500, "license").Spent("2025-04-01", 70, "marketing").Snapshot();

        Assert.Equal((45m, 90m, 2m), (cube.Value("cac", March).Value, cube.Value("cac", March).Numerator, cube.Value("cac", March).Denominator));
        Assert.Equal(90, cube.By("cac", March, Dimensions.Channel)["ads"].Numerator);
    }

    [Fact]
    public void Without_any_cost_the_acquisition_cost_is_unknown_and_not_nothing()
    {
        var cube = new Story().Bought("ann", "2025-03-02").Spent("2025-03-01", 500, "other").Snapshot();
        var answer = Evaluator.Answer(cube, Ask.Query("cac,ltv_to_cac", March));

        Assert.All(answer.Kpis, k => Assert.Null(k.Series[0].Points[0].Value.Value));
        Assert.Equal(["cac", "ltv_to_cac"], answer.Warnings.Where(w => w.Code == "costs_missing").Select(w => w.Kpi));
    }

    [Fact]
    public void A_customer_is_worth_three_times_what_winning_one_cost()
    {
        var cube = new Story().Bought("ann", "2025-03-02", 100).Bought("ann", "2025-03-22", 300).Bought("bob", "2025-03-22", 200)
            .Spent("2025-03-01", 100, "marketing").Snapshot();
        Assert.Equal(3m, cube.Value("ltv_to_cac", March).Value!.Value, 20); // 150 ÷ (100 ÷ 2)
    }

    [Fact]
    public void Promoters_less_detractors()
    {
        var value = new Story().Scored(Measures.SurveyNps, "2025-03-02", 10, 3).Scored(Measures.SurveyNps, "2025-03-02", 9, 2)
            .Scored(Measures.SurveyNps, "2025-03-03", 8, 4).Scored(Measures.SurveyNps, "2025-03-03", 6, 1).Snapshot()
            .Value("nps", March);
        Assert.Equal((40m, 4m, 10m, 10m), (value.Value, value.Numerator, value.Denominator, value.N));
        // Scores +1 ×5, 0 ×4, −1 ×1: s² = (6 − 1.6) ÷ 9.
        Assert.Equal(40 - 100 * 2.262157162740992 * Math.Sqrt(4.4 / 9 / 10), value.Interval!.Value.Low, 8);
    }

    [Fact]
    public void Satisfaction_is_a_share_and_the_index_a_mean()
    {
        var cube = new Story().Scored(Measures.SurveyCsat, "2025-03-02", 1, 4).Scored(Measures.SurveyCsat, "2025-03-02", 0, 1)
            .Scored(Measures.SurveyCsi, "2025-03-02", 0, 1, 4.5m).Scored(Measures.SurveyCsi, "2025-03-03", 0, 1, 3m).Snapshot();
        Assert.Equal(80, cube.Value("csat", March).Value);
        Assert.Equal(3.75m, cube.Value("csi", March).Value);
        Assert.Equal(3.75 - 12.706204736432095 * 0.75, cube.Value("csi", March).Interval!.Value.Low, 9);
    }
}
