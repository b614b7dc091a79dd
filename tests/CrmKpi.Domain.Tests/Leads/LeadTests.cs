using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Leads;

public sealed class LeadTests
{
    private static readonly TenantSettings Settings = new() { TimeZone = "Europe/Moscow" };

    private static readonly LogEvent Created = Event(1, "2025-01-01 10:00", "lead/l", "lead.created", "{'source':'ads'}");

    [Fact]
    public void A_lead_counts_on_the_local_day_of_its_creation()
    {
        Assert.Equal("2025-01-02 +1",
            Of(Settings, Event(1, "2025-01-01 21:30", "lead/l", "lead.created")).Show(Measures.LeadsCreated));
    }

    [Fact]
    public void Its_first_won_deal_converts_it_after_whole_calendar_days()
    {
        var model = Of(Settings, Created, Won(2, "2025-01-20", "d1"), Won(3, "2025-01-08", "d2"));

        Assert.Equal("2025-01-01 {source=ads} [7] +1", model.Show(Measures.LeadsConverted));
    }

    [Fact]
    public void A_win_before_the_creation_gives_negative_days()
    {
        Assert.Equal("2025-01-01 {source=ads} [-2] +1",
            Of(Settings, Created, Won(2, "2024-12-30", "d")).Show(Measures.LeadsConverted));
    }

    [Fact]
    public void A_conversion_that_names_only_a_deal_waits_for_its_win()
    {
        var model = Of(Settings, Created, Event(2, "2025-01-03", "lead/l", "lead.converted", "{'deal':'d'}"));

        Assert.Equal("", model.Show(Measures.LeadsConverted));
        model.Fold([Event(3, "2025-01-09", "deal/d", "deal.won", "{'amount':1}")]);
        Assert.Equal("2025-01-01 {source=ads} [8] +1", model.Show(Measures.LeadsConverted));
        Assert.Equal("2025-01-09 {source=ads} +1 1", model.Show(Measures.DealsWon));
        Assert.Equal("l", model.Fact("deal/d")["lead_id"]);
    }

    [Theory]
    [InlineData("{'customer':'c'}")]
    [InlineData("{'customer':'c','deal':'d'}")]
    [InlineData("{}")]
    public void A_conversion_that_names_a_customer_or_nothing_counts_at_once(string data)
    {
        Assert.Equal("2025-01-01 {source=ads} [2] +1",
            Of(Settings, Created, Event(2, "2025-01-03", "lead/l", "lead.converted", data)).Show(Measures.LeadsConverted));
    }

    [Fact]
    public void A_win_that_is_undone_undoes_the_conversion()
    {
        var model = Of(Settings, Created, Won(2, "2025-01-08", "d"));
        model.Fold([Event(3, "2025-01-09", "deal/d", "deal.deleted")]);

        Assert.Equal("", model.Show(Measures.LeadsConverted));
    }

    [Fact]
    public void A_deal_that_moves_to_another_lead_takes_its_win_along()
    {
        var model = Of(Settings, Created, Won(2, "2025-01-08", "d"),
            Event(3, "2025-01-02", "lead/k", "lead.created"));
        model.Fold([Event(4, "2025-01-09", "deal/d", "deal.won", "{'amount':1,'lead':'k'}")]);

        Assert.Equal("2025-01-02 [6] +1", model.Show(Measures.LeadsConverted));
    }

    [Fact]
    public void A_lead_that_is_only_named_does_not_count()
    {
        var model = Of(Settings, Won(2, "2025-01-08", "d"));

        Assert.Equal("", model.Show(Measures.LeadsCreated));
        Assert.Null(model.Fact("lead/l")["created_at"]);
        Assert.Equal("", model.Show(Measures.LeadProcessingTime));
    }

    [Fact]
    public void A_loss_counts_on_the_first_day_of_its_last_run()
    {
        var model = Of(Settings, Created, Lost(2, "2025-01-03"),
            Event(3, "2025-01-05", "lead/l", "lead.status_changed", "{'status':'junk','semantic':'failure'}"));

        Assert.Equal("2025-01-03 {source=ads, reason=budget} +1", model.Show(Measures.LeadsLost));
    }

    [Theory]
    [InlineData("lead.status_changed", "{'status':'in work'}")]
    [InlineData("lead.converted", "{'deal':'d'}")]
    public void A_later_status_or_conversion_takes_the_loss_back(string type, string data)
    {
        var model = Of(Settings, Created, Lost(2, "2025-01-03"), Event(3, "2025-01-05", "lead/l", type, data));

        Assert.Equal("", model.Show(Measures.LeadsLost));
        model.Fold([Lost(4, "2025-01-09")]);
        Assert.Equal("2025-01-09 {source=ads, reason=budget} +1", model.Show(Measures.LeadsLost));
    }

    [Fact]
    public void A_lead_is_won_on_the_day_on_which_it_became_a_customer()
    {
        var model = Of(Settings, Created, Won(2, "2025-01-08", "d"), Won(3, "2025-01-05", "e"));
        Assert.Equal("2025-01-05 {source=ads} +1", model.Show(Measures.LeadsWon));
    }

    [Fact]
    public void A_lead_is_dead_while_the_loss_that_stands_says_so_and_counts_where_it_was_created()
    {
        var model = Of(Settings, Created, Event(2, "2025-01-03", "lead/l", "lead.lost", "{'dead':'spam','cause':'demand'}"));
        Assert.Equal("2025-01-01 {source=ads} +1", model.Show(Measures.LeadsDead));
        Assert.Equal("2025-01-03 {source=ads, cause=demand} +1", model.Show(Measures.LeadsLost));
        Assert.Equal("spam", model.Fact("lead/l")["dead"]);

        model.Fold([Event(3, "2025-01-05", "lead/l", "lead.status_changed", "{'status':'in work'}")]);
        Assert.Equal("", model.Show(Measures.LeadsDead));
        model.Fold([Lost(4, "2025-01-09")]);
        Assert.Equal("", model.Show(Measures.LeadsDead));
        Assert.Null(model.Fact("lead/l")["dead"]);
    }

    [Fact]
    public void The_first_contact_is_the_first_answer_or_the_field_if_that_is_earlier()
    {
        var inquiry = Event(2, "2025-01-01 10:05", "inquiry/i", "inquiry.received", "{'channel':'chat','lead':'l'}");
        var answer = Event(3, "2025-01-01 10:20", "inquiry/i", "inquiry.answered");
        var field = Event(4, "2025-01-02", "lead/l", "lead.status_changed",
            "{'status':'s','firstContact':'2025-01-01T13:15:00+03:00'}");

        Assert.Equal("2025-01-01 {source=ads} +1 1200000", Of(Settings, Created, inquiry, answer).Show(Measures.FirstContactTime));
        Assert.Equal("2025-01-01 {source=ads} +1 900000",
            Of(Settings, Created, inquiry, answer, field).Show(Measures.FirstContactTime));
    }

    [Fact]
    public void Source_and_campaign_of_its_own_go_before_utm()
    {
        var model = Of(Settings, Event(1, "2025-01-01", "lead/l", "lead.created",
            "{'source':'ads','utm':{'source':'ya','campaign':'spring'}}"));

        Assert.Equal("2025-01-01 {source=ads, campaign=spring} +1", model.Show(Measures.LeadsCreated));
    }

    private static LogEvent Won(long sequence, string time, string deal) =>
        Event(sequence, time, $"deal/{deal}", "deal.won", "{'amount':1,'lead':'l'}");

    private static LogEvent Lost(long sequence, string time) =>
        Event(sequence, time, "lead/l", "lead.lost", "{'reason':'budget'}");
}
