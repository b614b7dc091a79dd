using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using CrmKpi.Domain.Tests.Folding;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Tickets;

public sealed class TicketTests
{
    private const long Hour = 3_600_000;

    private static readonly LogEvent Opened = Event(1, "2025-01-03 10:00", "ticket/t", "ticket.opened",
        "{'complaint':true,'priority':'high','manager':'ann','customer':'c'}");

    [Fact]
    public void A_complaint_is_answered_and_resolved_for_good()
    {
        var model = Fold(Opened, At(2, "2025-01-03 11:00", "answered"), At(3, "2025-01-03 12:00", "answered"),
            At(4, "2025-01-05 10:00", "resolved"));

        Assert.Equal("2025-01-03 {manager=ann, category=high} +1", model.Show(Measures.TicketsOpened));
        Assert.Equal("2025-01-03 {manager=ann, category=high} +1", model.Show(Measures.Complaints));
        Assert.Equal($"2025-01-03 {{manager=ann, category=high}} +1 {Hour}", model.Show(Measures.TicketFirstResponseTime));
        Assert.Equal("2025-01-05 {manager=ann, category=high} +1", model.Show(Measures.TicketsResolved));
        Assert.Equal($"2025-01-05 {{manager=ann, category=high}} +1 {48 * Hour}", model.Show(Measures.TicketResolutionTime));
        Assert.Equal("", model.Show(Measures.TicketsReopened));
    }

    [Fact]
    public void A_reopened_ticket_is_resolved_when_it_is_resolved_again()
    {
        var model = Fold(Opened, At(2, "2025-01-04 10:00", "resolved"), At(3, "2025-01-06 09:00", "reopened"));

        Assert.Equal("2025-01-04 {manager=ann, category=high} +1", model.Show(Measures.TicketsResolved));
        Assert.Equal("2025-01-04 {manager=ann, category=high} +1", model.Show(Measures.TicketsReopened));
        Assert.Equal("", model.Show(Measures.TicketResolutionTime));

        model.Fold([At(4, "2025-01-07 10:00", "resolved"), At(5, "2025-01-08 10:00", "resolved")]);

        Assert.Equal("2025-01-04 {manager=ann, category=high} +1", model.Show(Measures.TicketsResolved));
        Assert.Equal("2025-01-04 {manager=ann, category=high} +1", model.Show(Measures.TicketsReopened));
        Assert.Equal($"2025-01-07 {{manager=ann, category=high}} +1 {96 * Hour}", model.Show(Measures.TicketResolutionTime));
        Assert.Equal(1, model.Fact("ticket/t")["reopened"]);
    }

    [Fact]
    public void What_was_never_resolved_was_not_reopened()
    {
        var model = Fold(Opened, At(2, "2025-01-04 10:00", "reopened"), At(3, "2025-01-05 10:00", "resolved"));

        Assert.Equal("2025-01-05 {manager=ann, category=high} +1", model.Show(Measures.TicketsResolved));
        Assert.Equal("", model.Show(Measures.TicketsReopened));
    }

    [Fact]
    public void A_ticket_of_which_nobody_said_that_it_was_opened_is_kept_and_not_counted()
    {
        var model = Fold(At(2, "2025-01-04 10:00", "answered"), At(3, "2025-01-05 10:00", "resolved"));

        Assert.Empty(model.Cells);
        Assert.Null(model.Fact("ticket/t")["created_at"]);

        model.Fold([Opened]);
        Assert.Equal(4 + 1, model.Cells.Count);
    }

    [Fact]
    public void The_manager_is_the_last_one_named()
    {
        var model = Fold(Opened, Event(2, "2025-01-04 10:00", "ticket/t", "ticket.answered", "{'manager':'bob'}"),
            Event(3, "2025-01-03 10:30", "ticket/t", "ticket.answered", "{'manager':'eve'}"));

        Assert.Equal("2025-01-03 {manager=bob, category=high} +1", model.Show(Measures.TicketsOpened));
        Assert.Equal($"2025-01-03 {{manager=bob, category=high}} +1 {Hour / 2}",
            model.Show(Measures.TicketFirstResponseTime));
    }

    private static ReadModel Fold(params LogEvent[] events) => Of(new TenantSettings(), events);

    private static LogEvent At(long sequence, string time, string what) =>
        Event(sequence, time, "ticket/t", $"ticket.{what}");
}
