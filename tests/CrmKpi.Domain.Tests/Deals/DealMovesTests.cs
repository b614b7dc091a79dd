using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Deals;

/// <summary>When deals are opened, when their close slips, and which were won past the CRM.</summary>
public sealed class DealMovesTests
{
    private static readonly TenantSettings Settings = new() { BypassActivities = 2 };

    [Fact]
    public void A_deal_is_opened_once_however_many_stages_it_passes_and_again_when_it_is_reopened()
    {
        var model = Of(Settings, Created(1, "2025-01-01"), Staged(2, "2025-01-03", "b"),
            Event(3, "2025-01-05", "deal/d", "deal.lost"), Event(4, "2025-01-09", "deal/d", "deal.reopened"));

        Assert.Equal("2025-01-01 [never] +1\n2025-01-09 [2025-01-05] +1", model.Show(Measures.DealsOpened));
    }

    [Fact]
    public void A_close_slips_when_it_is_moved_to_a_later_day()
    {
        var model = Of(Settings, Expecting(1, "2025-01-01", "2025-02-01"), Expecting(2, "2025-01-10", "2025-03-01"),
            Expecting(3, "2025-01-12", "2025-03-01"), Expecting(4, "2025-01-14", "2025-02-15"),
            Expecting(5, "2025-01-20", "2025-02-20"));

        Assert.Equal("2025-01-10 [never] +1\n2025-01-20 [2025-01-10] +1", model.Show(Measures.DealsSlipped));
        Assert.Equal(new DateOnly(2025, 2, 20), model.Fact("deal/d")["expected_close"]);
    }

    [Fact]
    public void What_is_moved_after_the_deal_was_closed_is_no_slip()
    {
        var model = Of(Settings, Expecting(1, "2025-01-01", "2025-02-01"), Won(2, "2025-01-05"),
            Expecting(3, "2025-01-10", "2025-03-01"));
        Assert.Equal("", model.Show(Measures.DealsSlipped));
    }

    [Fact]
    public void A_late_event_in_between_changes_what_slipped()
    {
        var model = Of(Settings, Expecting(1, "2025-01-01", "2025-02-01"), Expecting(2, "2025-01-20", "2025-03-01"));
        model.Fold([Expecting(3, "2025-01-10", "2025-04-01")]);
        Assert.Equal("2025-01-10 [never] +1", model.Show(Measures.DealsSlipped));
    }

    [Fact]
    public void A_time_of_close_is_a_day_of_the_tenant()
    {
        var model = Of(Settings with { TimeZone = "Europe/Moscow" }, Event(1, "2025-01-01", "deal/d", "deal.created",
            "{'stage':'a','expectedClose':'2025-02-01T22:00:00Z'}"));
        Assert.Equal(new DateOnly(2025, 2, 2), model.Fact("deal/d")["expected_close"]);
    }

    [Fact]
    public void A_deal_won_with_too_few_activities_up_to_the_win_went_past_the_crm()
    {
        var model = Of(Settings, Created(1, "2025-01-01"), Activity(2, "2025-01-02"), Won(3, "2025-01-05"),
            Activity(4, "2025-01-06"), Activity(5, "2025-01-07"));
        Assert.Equal("2025-01-05 +1", model.Show(Measures.DealsWonBypassed));

        model.Fold([Call(6, "2025-01-05")]);
        Assert.Equal("", model.Show(Measures.DealsWonBypassed));
    }

    [Fact]
    public void Activities_and_calls_of_others_make_no_deal_and_change_no_dimension()
    {
        var model = Of(Settings, Activity(1, "2025-01-02"), Call(2, "2025-01-03"));

        Assert.Equal("", model.Show(Measures.DealsCreated));
        Assert.Null(model.Fact("deal/d")["created_at"]);
        Assert.Null(model.Fact("deal/d")["manager"]);
    }

    [Fact]
    public void However_many_activities_there_are_the_state_keeps_what_the_setting_needs()
    {
        var model = Of(Settings, [.. Enumerable.Range(1, 500).Select(i => Activity(i, "2025-01-02"))]);
        Assert.InRange(model.States[new(Domain.Folding.EntityKind.Deal, "d")].Length, 1, 40);
    }

    private static LogEvent Created(long sequence, string time) =>
        Event(sequence, time, "deal/d", "deal.created", "{'stage':'a','amount':100}");

    private static LogEvent Staged(long sequence, string time, string stage) =>
        Event(sequence, time, "deal/d", "deal.stage_changed", $"{{'stage':'{stage}'}}");

    private static LogEvent Won(long sequence, string time) => Event(sequence, time, "deal/d", "deal.won", "{'amount':100}");

    private static LogEvent Expecting(long sequence, string time, string close) => sequence == 1
        ? Event(sequence, time, "deal/d", "deal.created", $"{{'stage':'a','expectedClose':'{close}'}}")
        : Event(sequence, time, "deal/d", "deal.expected_close_changed", $"{{'expectedClose':'{close}'}}");

    private static LogEvent Activity(long sequence, string time) =>
        Event(sequence, time, "user/u", "activity.logged", "{'kind':'meeting','subject':'deal/d'}");

    private static LogEvent Call(long sequence, string time) =>
        Event(sequence, time, "call/x", "call.recorded", "{'direction':'outbound','talkSeconds':60,'deal':'d','manager':'ann'}");
}
