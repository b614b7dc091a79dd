using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;
using CrmKpi.Domain.Tests.Folding;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Campaigns;

public sealed class EmailSendTests
{
    [Fact]
    public void Whatever_happens_to_a_message_counts_once_on_the_day_of_sending()
    {
        var model = Fold(At(1, "2025-01-03", "sent"), At(2, "2025-01-04", "sent"), At(3, "2025-01-03 01:00", "delivered"),
            At(4, "2025-02-01", "opened"), At(5, "2025-02-02", "opened"), At(6, "2025-02-03", "clicked"),
            At(7, "2025-02-04", "unsubscribed"));

        foreach (var measure in (Measure[])[Measures.EmailsSent, Measures.EmailsOpened, Measures.EmailsClicked,
            Measures.EmailsUnsubscribed])
            Assert.Equal("2025-01-03 {campaign=spring} +1", model.Show(measure));
        Assert.Equal("2025-01-03 {campaign=spring} [1] +1", model.Show(Measures.EmailsDelivered));
    }

    [Theory]
    [InlineData("sent", false, false, false, false)]
    [InlineData("delivered", true, false, false, false)]
    [InlineData("opened", true, true, false, false)]
    [InlineData("clicked", true, true, true, false)]
    [InlineData("unsubscribed", true, false, false, true)]
    public void One_step_implies_those_before_it_and_that_it_was_sent(
        string what, bool delivered, bool opened, bool clicked, bool unsubscribed)
    {
        var model = Fold(At(1, "2025-01-05", what));

        Assert.Equal("2025-01-05 {campaign=spring} +1", model.Show(Measures.EmailsSent));
        var fact = model.Fact(EntityKey.PartOf(EntityKind.EmailSend, "campaign/spring", "m1", "r1"));
        Assert.Equal([delivered, opened, clicked, unsubscribed],
            [fact["delivered"], fact["opened"], fact["clicked"], fact["unsubscribed"]]);
        Assert.Equal(delivered, model.Show(Measures.EmailsDelivered).Length > 0);
        Assert.Equal(unsubscribed, model.Show(Measures.EmailsUnsubscribed).Length > 0);
    }

    [Fact]
    public void Messages_and_recipients_are_told_apart()
    {
        var model = Fold(At(1, "2025-01-03", "sent"), At(2, "2025-01-03", "sent", "m1", "r2"),
            At(3, "2025-01-03", "sent", "m2", "r1"), Event(4, "2025-01-03", "campaign/spring", "email.sent", "{'recipient':'r1'}"),
            At(5, "2025-01-09", "opened", "m2", "r1"));

        Assert.Equal("2025-01-03 {campaign=spring} +4", model.Show(Measures.EmailsSent));
        Assert.Equal("2025-01-03 {campaign=spring} +1", model.Show(Measures.EmailsOpened));
        Assert.All(model.States.Keys, key => Assert.Equal("campaign/spring", key.Stream));
    }

    [Fact]
    public void A_sending_that_is_told_late_moves_the_message_to_its_day()
    {
        var model = Fold(At(1, "2025-01-05", "opened"));
        model.Fold([At(2, "2025-01-03", "sent")]);

        Assert.Equal("2025-01-03 {campaign=spring} +1", model.Show(Measures.EmailsOpened));
    }

    private static ReadModel Fold(params LogEvent[] events) => Of(new TenantSettings(), events);

    private static LogEvent At(long sequence, string time, string what, string message = "m1", string recipient = "r1") =>
        Event(sequence, time, "campaign/spring", $"email.{what}", $"{{'recipient':'{recipient}','message':'{message}'}}");
}
