using System.Text;
using System.Text.Json.Nodes;
using CrmKpi.Domain.Privacy;

namespace CrmKpi.Domain.Tests.Privacy;

public sealed class PersonMaskTests
{
    private static readonly PersonMask Customer =
        new(PersonKind.Customer, "c1", "p", new HashSet<string> { "lead/5", "survey/9" });

    private static readonly PersonMask User = new(PersonKind.User, "ann", "p", new HashSet<string>());

    [Theory]
    // The id, wherever an event refers to a customer; free texts and unknown fields with it.
    [InlineData("deal.won", "deal/7", """{"amount":"5","customer":"c1","note":"x"}""",
        """{"amount":"5","customer":"p"}""")]
    [InlineData("email.sent", "campaign/3", """{"recipient":"c1","message":"m"}""",
        """{"recipient":"p","message":"m"}""")]
    [InlineData("survey.responded", "survey/9", """{"score":9,"comment":"I"}""", """{"score":9}""")]
    [InlineData("call.recorded", "call/2", """{"customer":"c1","recordingUrl":"u"}""", """{"customer":"p"}""")]
    [InlineData("purchase.made", "customer/p", """{"purchase":"1","items":[{"a":1}]}""", """{"purchase":"1"}""")]
    // Other events of a stream that is about the customer.
    [InlineData("lead.status_changed", "lead/5", """{"status":"a","phone":"1"}""", """{"status":"a"}""")]
    // What folds read stays: dimensions, filled fields, amounts as they were written.
    [InlineData("customer.updated", "customer/c1", """{"region":"r","fields":{"phone":true},"phone":"1"}""",
        """{"region":"r","fields":{"phone":true}}""")]
    [InlineData("deal.created", "deal/7", """{"customer":"c1","amount":{"amount":1.50,"currency":"EUR"}}""",
        """{"customer":"p","amount":{"amount":1.50,"currency":"EUR"}}""")]
    // Another record of the same kind, and references to the stream.
    [InlineData("customer.merged", "customer/c2", """{"into":"c1"}""", """{"into":"p"}""")]
    [InlineData("duplicate.detected", "customer/c2", """{"of":"c1"}""", """{"of":"p"}""")]
    [InlineData("duplicate.detected", "lead/8", """{"of":"customer/c1"}""", """{"of":"customer/p"}""")]
    [InlineData("activity.logged", "user/u", """{"kind":"call","subject":"customer/c1"}""",
        """{"kind":"call","subject":"customer/p"}""")]
    // In fields that are not canonical, however deep.
    [InlineData("lead.created", "lead/8", """{"x":{"y":["c1",{"z":"c1"}]}}""", """{"x":{"y":["p",{"z":"p"}]}}""")]
    public void A_customer_is_taken_out(string type, string stream, string data, string expected) =>
        Assert.Equal(Canonical(expected), Masked(Customer, type, stream, data));

    [Theory]
    [InlineData("deal.won", "deal/7", """{"amount":"5","manager":"ann","note":"of others"}""",
        """{"amount":"5","manager":"p","note":"of others"}""")]
    [InlineData("task.completed", "task/1", """{"user":"ann"}""", """{"user":"p"}""")]
    [InlineData("call.recorded", "call/2", """{"manager":"ann","recordingUrl":"u"}""", """{"manager":"p"}""")]
    [InlineData("user.provisioned", "user/ann", """{"name":"Ann","isManager":true,"email":"a"}""",
        """{"isManager":true}""")]
    [InlineData("suggestion.submitted", "user/p", """{"text":"I"}""", "{}")]
    [InlineData("activity.logged", "user/ann", """{"kind":"call","subject":"deal/7"}""",
        """{"kind":"call","subject":"deal/7"}""")]
    [InlineData("activity.logged", "user/ann", """{"kind":"call","subject":"Ann, 5 pm"}""", """{"kind":"call"}""")]
    [InlineData("tenant.target_set", "tenant", """{"kpi":"k","filters":{"manager":["bob","ann"],"source":["ann"]}}""",
        """{"kpi":"k","filters":{"manager":["bob","p"],"source":["ann"]}}""")]
    public void A_user_is_taken_out(string type, string stream, string data, string expected) =>
        Assert.Equal(Canonical(expected), Masked(User, type, stream, data));

    [Theory]
    [InlineData("deal.won", "deal/7", """{"customer":"c2","note":"c1 is in a sentence"}""")]
    [InlineData("deal.won", "deal/7", """{"source":"c1","product":"c1"}""")]
    [InlineData("deal.merged", "deal/7", """{"into":"c1"}""")]
    [InlineData("lead.created", "lead/55", """{"manager":"c1"}""")]
    public void What_is_something_else_stays(string type, string stream, string data) =>
        Assert.Null(Customer.Mask(type, stream, Encoding.UTF8.GetBytes(data)));

    [Fact]
    public void Masking_again_changes_nothing_and_tells_that_the_event_is_about_the_person()
    {
        var once = Customer.Mask("deal.won", "deal/7", """{"amount":"5","customer":"c1","note":"x"}"""u8)!.Value;
        Assert.True(once.IsAbout);
        var twice = Customer.Mask("deal.won", "deal/7", once.Data!)!.Value;
        Assert.True(twice.IsAbout);
        Assert.Null(twice.Data);
        Assert.False(User.Mask("deal.won", "deal/7", """{"manager":"ann"}"""u8)!.Value.IsAbout);
    }

    private static string Masked(PersonMask mask, string type, string stream, string data)
    {
        var masked = mask.Mask(type, stream, Encoding.UTF8.GetBytes(data));
        Assert.NotNull(masked);
        return Canonical(masked.Value.Data is { } changed ? Encoding.UTF8.GetString(changed) : data);
    }

    private static string Canonical(string json) => JsonNode.Parse(json)!.ToJsonString();
}
