using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Customers;

public sealed class CustomerTests
{
    private static readonly TenantSettings Payments = new() { PurchaseSource = PurchaseSource.Payments, InactivityDays = 30 };
    private static readonly TenantSettings Deals = Payments with { PurchaseSource = PurchaseSource.Deals };

    [Fact]
    public void A_customer_is_active_from_each_purchase_for_the_window()
    {
        var model = Of(Payments, Bought(1, "2025-01-01", 10), Bought(2, "2025-01-20", 5), Bought(3, "2025-04-01", 7));

        Assert.Equal("""
            2025-01-01 +1
            2025-02-19 -1
            2025-04-01 +1
            2025-05-01 -1
            """, model.Show(Measures.CustomersActive));
        Assert.Equal("2025-01-01 +1", model.Show(Measures.CustomersNew));
        Assert.Equal("2025-04-01 [2025-02-19] +1", model.Show(Measures.CustomersReturned));
        Assert.Equal("""
            2025-01-01 +1 10
            2025-01-20 +1 5
            2025-04-01 +1 7
            """, model.Show(Measures.Purchases));
        Assert.Equal("""
            2025-01-20 +1 5
            2025-04-01 +1 7
            """, model.Show(Measures.PurchasesRepeat));
        Assert.Equal("""
            2025-01-20 +1 19
            2025-04-01 +1 71
            """, model.Show(Measures.CustomerLifespan));
        Assert.Equal("""
            2025-01-01 +1
            2025-01-01 [3] +1
            """, model.Show(Measures.CohortBuyers));
    }

    [Fact]
    public void Purchases_whose_windows_touch_are_one_time_of_activity()
    {
        var model = Of(Payments, Bought(1, "2025-01-01", 1), Bought(2, "2025-01-31", 1));

        Assert.Equal("""
            2025-01-01 +1
            2025-03-02 -1
            """, model.Show(Measures.CustomersActive));
    }

    [Fact]
    public void A_loss_ends_the_activity_on_its_day_until_the_next_purchase()
    {
        var model = Of(Payments, Bought(1, "2025-01-01", 1), Event(2, "2025-01-10 12:00", "customer/c", "customer.lost"),
            Bought(3, "2025-01-20", 1));

        Assert.Equal("""
            2025-01-01 +1
            2025-01-10 -1
            2025-01-20 +1
            2025-02-19 -1
            """, model.Show(Measures.CustomersActive));
        Assert.Null(model.Fact("customer/c")["lost_at"]);
    }

    [Fact]
    public void A_loss_on_the_day_of_the_only_purchase_leaves_no_activity()
    {
        var model = Of(Payments, Bought(1, "2025-01-01", 1), Event(2, "2025-01-01 12:00", "customer/c", "customer.lost"));

        Assert.Equal("", model.Show(Measures.CustomersActive));
        Assert.Equal("2025-01-01 +1", model.Show(Measures.CustomersNew));
    }

    [Fact]
    public void Days_are_those_of_the_tenants_zone()
    {
        var model = Of(Payments with { TimeZone = "Asia/Vladivostok" }, Bought(1, "2025-01-01 15:00", 1));

        Assert.Equal("2025-01-02 +1 1", model.Show(Measures.Purchases));
    }

    [Fact]
    public void Of_two_tellings_of_a_purchase_the_last_counts()
    {
        var model = Of(Payments, Bought(1, "2025-01-01", 10, "p"), Bought(2, "2025-01-02", 12, "p"));

        Assert.Equal("2025-01-02 +1 12", model.Show(Measures.Purchases));
    }

    [Fact]
    public void A_refund_lowers_its_purchase_down_to_nothing_and_its_margin_in_proportion()
    {
        var made = Event(1, "2025-01-01", "customer/c", "purchase.made", "{'purchase':'p','amount':100,'margin':40}");
        var part = Event(2, "2025-01-05", "customer/c", "purchase.refunded", "{'purchase':'p','amount':25}");
        var told = Event(3, "2025-01-06", "customer/c", "purchase.refunded", "{'purchase':'p','amount':25,'margin':20}");
        var rest = Event(4, "2025-01-07", "customer/c", "purchase.refunded", "{'purchase':'p','amount':80}");

        Assert.Equal("2025-01-01 +1 75", Of(Payments, part, made).Show(Measures.Purchases));
        Assert.Equal("2025-01-01 +1 30", Of(Payments, part, made).Show(Measures.PurchaseMargin));
        Assert.Equal("2025-01-01 +1 75", Of(Payments, part, made).Show(Measures.PurchaseMarginBase));
        Assert.Equal("2025-01-01 +1 10", Of(Payments, made, part, told).Show(Measures.PurchaseMargin));
        Assert.Equal("2025-01-01 +1 0", Of(Payments, made, part, told, rest).Show(Measures.Purchases));
    }

    [Fact]
    public void A_refund_that_names_the_tenants_currency_lowers_a_purchase_that_names_none()
    {
        var model = Of(Payments, Event(1, "2025-01-01", "customer/c", "purchase.made", "{'purchase':'p','amount':100,'margin':40}"),
            Event(2, "2025-01-05", "customer/c", "purchase.refunded",
                "{'purchase':'p','amount':{'amount':150,'currency':'RUB'}}"));

        Assert.Equal("2025-01-01 +1 0", model.Show(Measures.Purchases));
        Assert.Equal("2025-01-01 +1 0", model.Show(Measures.PurchaseMargin));
    }

    [Fact]
    public void Payments_of_one_deal_are_one_purchase_at_the_first_of_them()
    {
        var model = Of(Payments,
            Event(1, "2025-01-01", "customer/c", "purchase.made", "{'purchase':'a','amount':10,'deal':'d','margin':1}"),
            Event(2, "2025-02-01", "customer/c", "purchase.made", "{'purchase':'b','amount':20,'deal':'d'}"));

        Assert.Equal("2025-01-01 +1 30", model.Show(Measures.Purchases));
        Assert.Equal("", model.Show(Measures.PurchaseMargin));
    }

    [Fact]
    public void By_deals_won_deals_are_the_purchases_and_payments_are_not()
    {
        var won = Event(1, "2025-01-01", "deal/d", "deal.won", "{'amount':50,'customer':'c','margin':5}");
        var paid = Event(2, "2025-01-09", "customer/c", "purchase.made", "{'purchase':'p','amount':50,'deal':'d'}");
        var refund = Event(3, "2025-02-01", "customer/c", "purchase.refunded", "{'purchase':'p','amount':10}");

        Assert.Equal("2025-01-01 +1 50", Of(Deals, won, paid).Show(Measures.Purchases));
        Assert.Equal("2025-01-01 +1 40", Of(Deals, won, paid, refund).Show(Measures.Purchases));
        Assert.Equal("2025-01-09 +1 50", Of(Payments, won, paid).Show(Measures.Purchases));
    }

    [Fact]
    public void A_deal_that_is_lost_again_is_no_purchase_any_more()
    {
        var won = Event(1, "2025-01-01", "deal/d", "deal.won", "{'amount':50,'customer':'c'}");
        var model = Of(Deals, won);
        model.Fold([Event(2, "2025-01-05", "deal/d", "deal.lost")]);

        Assert.Equal("", model.Show(Measures.Purchases));
        Assert.DoesNotContain(model.States.Keys, key => key.Id == "c");
    }

    [Fact]
    public void Amounts_in_another_currency_stay_in_their_own()
    {
        var model = Of(Payments, Bought(1, "2025-01-01", 10),
            Event(2, "2025-01-02", "customer/c", "purchase.made", "{'purchase':'x','amount':{'amount':9,'currency':'USD'}}"));

        Assert.Equal("""
            2025-01-01 +1 10
            2025-01-02 {currency=USD} +1 9
            """, model.Show(Measures.Purchases));
    }

    [Fact]
    public void A_purchase_paid_in_two_currencies_is_one_purchase()
    {
        var model = Of(Payments,
            Event(1, "2025-01-02", "customer/c", "purchase.made", "{'purchase':'x','deal':'d','amount':10,'margin':4}"),
            Event(2, "2025-01-03", "customer/c", "purchase.made",
                "{'purchase':'y','deal':'d','amount':{'amount':9,'currency':'USD'}}"),
            Event(3, "2025-01-04", "customer/c", "purchase.refunded",
                "{'purchase':'x','amount':{'amount':2,'currency':'EUR'}}"));

        Assert.Equal("""
            2025-01-02 +1 10
            2025-01-02 {currency=EUR} 0 -2
            2025-01-02 {currency=USD} 0 9
            """, model.Show(Measures.Purchases));
        Assert.Equal("", model.Show(Measures.PurchaseMargin));
    }

    [Fact]
    public void An_amount_without_a_currency_is_in_the_own_one()
    {
        var model = Of(Payments,
            Event(1, "2025-01-02", "customer/c", "purchase.made", "{'purchase':'x','amount':10}"),
            Event(2, "2025-01-04", "customer/c", "purchase.refunded",
                $"{{'purchase':'x','amount':{{'amount':2,'currency':'{Payments.Currency}'}}}}"));

        Assert.Equal("2025-01-02 +1 8", model.Show(Measures.Purchases));
    }

    [Fact]
    public void Dimensions_are_those_of_the_customer()
    {
        var model = Of(Payments, Bought(1, "2025-01-01", 1),
            Event(2, "2025-03-01", "customer/c", "customer.updated", "{'segment':'smb','region':'ural'}"));

        Assert.Equal("2025-01-01 {region=ural, segment=smb} +1", model.Show(Measures.CustomersNew));
    }

    [Fact]
    public void The_fact_row_tells_first_and_last_purchase_count_total_and_activity()
    {
        var fact = Of(Payments, Bought(1, "2025-01-01", 10.5m), Bought(2, "2025-01-20", 5),
            Event(3, "2025-01-25 10:00", "customer/c", "customer.lost")).Fact("customer/c");

        Assert.Equal(new DateOnly(2025, 1, 1), fact["first_purchase"]);
        Assert.Equal(new DateOnly(2025, 1, 20), fact["last_purchase"]);
        Assert.Equal(2, fact["purchases"]);
        Assert.Equal(15.5m, fact["total"]);
        Assert.Equal(new DateOnly(2025, 1, 25), fact["active_until"]);
        Assert.Equal(new DateTime(2025, 1, 25, 10, 0, 0, DateTimeKind.Utc), fact["lost_at"]);
    }

    private static LogEvent Bought(long sequence, string time, decimal amount, string? purchase = null) =>
        Event(sequence, time, "customer/c", "purchase.made", $"{{'purchase':'{purchase ?? $"p{sequence}"}','amount':'{amount}'}}");
}
