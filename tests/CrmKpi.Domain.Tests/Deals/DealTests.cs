using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Deals;

public sealed class DealTests
{
    private static readonly TenantSettings Settings = new()
    {
        Pipelines = new Dictionary<string, IReadOnlyList<StageDefinition>>
        {
            ["main"] =
            [
                new("new", "New", StageSemantic.Open, null), new("offer", "Offer", StageSemantic.Open, 5),
                new("won", "Won", StageSemantic.Success, null), new("lost", "Lost", StageSemantic.Failure, null),
            ],
        },
    };

    private static readonly TenantSettings NoPipelines = new();

    [Fact]
    public void A_deal_from_creation_to_win()
    {
        var model = Of(Settings, Created(1, "2025-01-01 10:00"), Staged(2, "2025-01-03 10:00", "offer"),
            Event(3, "2025-01-08 10:00", "deal/d", "deal.won", "{'amount':120}"));

        Assert.Equal("2025-01-01 {pipeline=main} +1", model.Show(Measures.DealsCreated));
        Assert.Equal("2025-01-08 {pipeline=main} +1 120", model.Show(Measures.DealsWon));
        Assert.Equal($"2025-01-08 {{pipeline=main}} +1 {7 * 86_400_000}", model.Show(Measures.SalesCycle));
        Assert.Equal("", model.Show(Measures.LeadProcessingTime));
        Assert.Equal("""
            2025-01-01 {pipeline=main, stage=new} +1 100
            2025-01-03 {pipeline=main, stage=new} -1 -100
            2025-01-03 {pipeline=main, stage=offer} +1 100
            2025-01-08 {pipeline=main, stage=offer} -1 -100
            """, model.Show(Measures.DealsOpen));
        Assert.Equal("""
            2025-01-01 {pipeline=main, stage=new} +1
            2025-01-03 {pipeline=main, stage=offer} +1
            """, model.Show(Measures.StageEntered));
        Assert.Equal(model.Show(Measures.StageEntered), model.Show(Measures.StageAdvanced));
        Assert.Equal($$"""
            2025-01-03 {pipeline=main, stage=new} +1 {{2 * 86_400_000}}
            2025-01-08 {pipeline=main, stage=offer} +1 {{5 * 86_400_000}}
            """, model.Show(Measures.StageTime));
    }

    [Fact]
    public void A_win_told_twice_is_won_once_at_the_earlier_time()
    {
        var model = Of(Settings, Created(1, "2025-01-01"), Staged(2, "2025-01-05", "won"),
            Event(3, "2025-01-06", "deal/d", "deal.won", "{'amount':100}"));

        Assert.Equal("2025-01-05 {pipeline=main} +1 100", model.Show(Measures.DealsWon));
        Assert.Equal("won", model.Fact("deal/d")["stage"]);
    }

    [Fact]
    public void A_reopened_win_is_none_and_the_next_one_counts_on_its_own_day()
    {
        var model = Of(Settings, Created(1, "2025-01-01"), Won(2, "2025-01-05"),
            Event(3, "2025-01-07", "deal/d", "deal.reopened", "{'stage':'offer'}"));

        Assert.Equal("", model.Show(Measures.DealsWon));
        Assert.EndsWith("2025-01-07 {pipeline=main, stage=offer} +1 100", model.Show(Measures.DealsOpen));
        model.Fold([Won(4, "2025-02-01")]);
        Assert.Equal("2025-02-01 {pipeline=main} +1 100", model.Show(Measures.DealsWon));
    }

    [Fact]
    public void Reopened_without_a_stage_it_stands_again_where_it_stood_last()
    {
        var model = Of(Settings, Created(1, "2025-01-01"), Staged(2, "2025-01-02", "offer"), Won(3, "2025-01-05"),
            Event(4, "2025-01-07", "deal/d", "deal.reopened"));

        Assert.Equal("offer", model.Fact("deal/d")["stage"]);
        Assert.Equal("open", model.Fact("deal/d")["status"]);
    }

    [Fact]
    public void A_loss_counts_in_the_stage_it_happened_in_with_reason_and_cause()
    {
        var model = Of(Settings, Created(1, "2025-01-01"), Staged(2, "2025-01-02", "offer"), Staged(3, "2025-01-05", "lost"),
            Event(4, "2025-01-06", "deal/d", "deal.lost", "{'reason':'too dear','cause':'price'}"));

        Assert.Equal("2025-01-05 {pipeline=main, stage=offer, reason=too dear, cause=price} +1 100",
            model.Show(Measures.DealsLost));
        Assert.Equal("", model.Show(Measures.DealsWon));
    }

    [Fact]
    public void A_loss_may_name_its_stage_unless_that_stands_for_failure()
    {
        LogEvent Lost(string stage) => Event(2, "2025-01-05", "deal/d", "deal.lost", $"{{'stage':'{stage}'}}");

        Assert.Equal("2025-01-05 {pipeline=main, stage=offer} +1 100",
            Of(Settings, Created(1, "2025-01-01"), Lost("offer")).Show(Measures.DealsLost));
        Assert.Equal("2025-01-05 {pipeline=main, stage=new} +1 100",
            Of(Settings, Created(1, "2025-01-01"), Lost("lost")).Show(Measures.DealsLost));
    }

    [Fact]
    public void The_semantic_of_an_event_goes_before_that_of_the_pipeline()
    {
        var model = Of(Settings, Created(1, "2025-01-01"),
            Event(2, "2025-01-03", "deal/d", "deal.stage_changed", "{'stage':'offer','semantic':'success'}"));

        Assert.Equal("2025-01-03 {pipeline=main} +1 100", model.Show(Measures.DealsWon));
    }

    [Fact]
    public void The_same_stage_told_again_is_no_new_visit()
    {
        var model = Of(Settings, Created(1, "2025-01-01"), Staged(2, "2025-01-02", "new"), Staged(3, "2025-01-04", "offer"));

        Assert.Equal($$"""2025-01-04 {pipeline=main, stage=new} +1 {{3 * 86_400_000}}""", model.Show(Measures.StageTime));
    }

    [Fact]
    public void A_stage_entered_again_is_a_second_visit_but_not_a_second_entry()
    {
        var model = Of(Settings, Created(1, "2025-01-01"), Staged(2, "2025-01-02", "offer"), Staged(3, "2025-01-04", "new"),
            Staged(4, "2025-01-05", "offer"));

        Assert.Equal("""
            2025-01-01 {pipeline=main, stage=new} +1
            2025-01-02 {pipeline=main, stage=offer} +1
            """, model.Show(Measures.StageEntered));
        Assert.Equal("2025-01-01 {pipeline=main, stage=new} +1", model.Show(Measures.StageAdvanced));
        Assert.Equal(3, model.Show(Measures.StageTime).Split('\n').Length);
    }

    [Fact]
    public void Going_back_or_being_lost_is_no_advance()
    {
        var model = Of(Settings, Event(1, "2025-01-01", "deal/d", "deal.created", "{'stage':'offer','pipeline':'main'}"),
            Staged(2, "2025-01-02", "new"), Staged(3, "2025-01-04", "lost"));

        Assert.Equal("", model.Show(Measures.StageAdvanced));
    }

    [Fact]
    public void Without_a_pipeline_any_later_other_stage_is_further()
    {
        var model = Of(NoPipelines, Event(1, "2025-01-01", "deal/d", "deal.created", "{'stage':'b'}"),
            Staged(2, "2025-01-02", "a"));

        Assert.Equal("2025-01-01 {stage=b} +1", model.Show(Measures.StageAdvanced));
    }

    [Fact]
    public void The_open_amount_follows_its_changes_and_is_weighted_by_the_probability()
    {
        var model = Of(Settings,
            Event(1, "2025-01-01", "deal/d", "deal.created", "{'stage':'new','amount':100,'probability':12.5}"),
            Event(2, "2025-01-04", "deal/d", "deal.amount_changed", "{'amount':'200.000005'}"),
            Event(3, "2025-01-04 08:00", "deal/d", "deal.amount_changed", "{'amount':'300.00002'}"));

        Assert.Equal("""
            2025-01-01 {stage=new} +1 100
            2025-01-04 {stage=new} 0 200.00002
            """, model.Show(Measures.DealsOpen));
        Assert.Equal("""
            2025-01-01 {stage=new} +1 12.5
            2025-01-04 {stage=new} 0 25.000002
            """, model.Show(Measures.DealsOpenWeighted));
    }

    [Fact]
    public void A_deal_without_a_probability_weighs_half_rounded_to_even()
    {
        var model = Of(Settings, Event(1, "2025-01-01", "deal/d", "deal.created", "{'stage':'new','amount':'0.000003'}"));

        Assert.Equal("2025-01-01 {stage=new} +1 0.000002", model.Show(Measures.DealsOpenWeighted));
    }

    [Fact]
    public void A_deal_is_stuck_from_its_limit_on_until_it_leaves()
    {
        var model = Of(Settings, Created(1, "2025-01-01"), Staged(2, "2025-01-02 09:00", "offer"));

        // Its other stage was left before the tenant's 30 days; the offer has 5 days.
        Assert.Equal("2025-01-07 {pipeline=main, stage=offer} +1 100", model.Show(Measures.DealsStuck));
        model.Fold([Event(3, "2025-01-09", "deal/d", "deal.amount_changed", "{'amount':150}"), Won(4, "2025-01-11")]);
        Assert.Equal("""
            2025-01-07 {pipeline=main, stage=offer} +1 100
            2025-01-09 {pipeline=main, stage=offer} 0 50
            2025-01-11 {pipeline=main, stage=offer} -1 -150
            """, model.Show(Measures.DealsStuck));
    }

    [Theory]
    [InlineData("2025-01-06 23:00")]
    [InlineData("2025-01-07 23:00")]
    public void A_visit_that_ends_within_its_limit_is_never_stuck(string won)
    {
        Assert.Equal("", Of(Settings, Created(1, "2025-01-01"), Staged(2, "2025-01-02", "offer"), Won(3, won))
            .Show(Measures.DealsStuck));
    }

    [Theory]
    [InlineData("deal.deleted", "{}")]
    [InlineData("deal.merged", "{'into':'other'}")]
    public void A_deleted_or_merged_deal_counts_nowhere_until_something_happens_to_it_again(string type, string data)
    {
        var model = Of(Settings, Created(1, "2025-01-01"), Won(2, "2025-01-05"), Event(3, "2025-01-06", "deal/d", type, data));

        Assert.All(model.Cells.Keys, cell => Assert.Same(Measures.Records, cell.Measure));
        Assert.Equal("2025-01-01 {category=deal} +1\n2025-01-06 {category=deal} -1", model.Show(Measures.Records));
        Assert.Equal("deleted", model.Fact("deal/d")["status"]);
        model.Fold([Staged(4, "2025-01-07", "offer")]);
        Assert.Equal("open", model.Fact("deal/d")["status"]);
        Assert.Equal("2025-01-01 {category=deal} +1", model.Show(Measures.Records));
    }

    [Fact]
    public void A_deal_known_only_by_its_win_was_created_then()
    {
        var model = Of(Settings, Won(1, "2025-01-05"));

        Assert.Equal("2025-01-05 +1", model.Show(Measures.DealsCreated));
        Assert.Equal("2025-01-05 +1 0", model.Show(Measures.SalesCycle));
    }

    [Fact]
    public void The_sales_cycle_begins_with_the_lead_else_the_first_contact_else_the_deal()
    {
        var lead = Event(1, "2025-01-01", "lead/l", "lead.created", "{'source':'ads'}");
        var created = Event(2, "2025-01-11", "deal/d", "deal.created",
            "{'stage':'new','amount':100,'lead':'l','firstContact':'2025-01-06T00:00:00Z'}");
        var won = Event(3, "2025-01-21", "deal/d", "deal.won", "{'amount':100}");

        Assert.Equal($"2025-01-21 {{source=ads}} +1 {20 * 86_400_000}", Of(Settings, lead, created, won).Show(Measures.SalesCycle));
        Assert.Equal($"2025-01-21 {{source=ads}} +1 {20 * 86_400_000}",
            Of(Settings, lead, created, won).Show(Measures.LeadProcessingTime));
        Assert.Equal($"2025-01-21 +1 {15 * 86_400_000}", Of(Settings, created, won).Show(Measures.SalesCycle));
        Assert.Equal("", Of(Settings, created, won).Show(Measures.LeadProcessingTime));
    }

    [Fact]
    public void Blanks_come_from_the_lead_and_own_values_stay()
    {
        var model = Of(Settings,
            Event(1, "2025-01-01", "lead/l", "lead.created", "{'source':'ads','manager':'ann','region':'ural'}"),
            Event(2, "2025-01-02", "deal/d", "deal.created", "{'stage':'new','lead':'l','manager':'bob'}"));

        Assert.Equal("2025-01-02 {manager=bob, source=ads, region=ural} +1", model.Show(Measures.DealsCreated));
        model.Fold([Event(3, "2025-01-03", "lead/l", "lead.assigned", "{'manager':'cid','source':'mail'}")]);
        Assert.Equal("2025-01-02 {manager=bob, source=mail, region=ural} +1", model.Show(Measures.DealsCreated));
    }

    [Fact]
    public void Of_the_same_time_the_creation_comes_first()
    {
        var model = Of(Settings, Won(1, "2025-01-05"), Created(2, "2025-01-05"));

        Assert.Equal("2025-01-05 {pipeline=main} +1 100", model.Show(Measures.DealsWon));
    }

    [Fact]
    public void Amounts_in_another_currency_stay_in_their_own()
    {
        var model = Of(Settings, Created(1, "2025-01-01"),
            Event(2, "2025-01-05", "deal/d", "deal.won", "{'amount':{'amount':100,'currency':'USD'}}"));

        Assert.Equal("2025-01-05 {pipeline=main, currency=USD} +1 100", model.Show(Measures.DealsWon));
        Assert.Equal("USD", model.Fact("deal/d")["currency"]);
    }

    private static LogEvent Created(long sequence, string time) =>
        Event(sequence, time, "deal/d", "deal.created", "{'stage':'new','pipeline':'main','amount':100}");

    private static LogEvent Staged(long sequence, string time, string stage) =>
        Event(sequence, time, "deal/d", "deal.stage_changed", $"{{'stage':'{stage}'}}");

    private static LogEvent Won(long sequence, string time) => Event(sequence, time, "deal/d", "deal.won", "{'amount':100}");
}
