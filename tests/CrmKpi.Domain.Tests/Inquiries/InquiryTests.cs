using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Inquiries;

public sealed class InquiryTests
{
    private static readonly TenantSettings Settings = new();

    private static readonly LogEvent Received =
        Event(1, "2025-01-03 17:00", "inquiry/i", "inquiry.received", "{'channel':'chat','lead':'l'}");

    [Fact]
    public void The_first_answer_of_a_person_counts_on_the_day_of_the_inquiry()
    {
        var model = Of(Settings, Received,
            Event(2, "2025-01-03 17:01", "inquiry/i", "inquiry.answered", "{'automated':true}"),
            Event(3, "2025-01-04 09:00", "inquiry/i", "inquiry.answered"),
            Event(4, "2025-01-03 18:30", "inquiry/i", "inquiry.answered"));

        Assert.Equal("2025-01-03 {channel=chat} +1", model.Show(Measures.InquiriesReceived));
        Assert.Equal("2025-01-03 {channel=chat} +1 5400000", model.Show(Measures.ResponseTime));
        Assert.Equal(5_400_000L, model.Fact("inquiry/i")["response_ms"]);
    }

    [Fact]
    public void An_inquiry_without_an_answer_has_no_response_time()
    {
        var model = Of(Settings, Received, Event(2, "2025-01-03 17:01", "inquiry/i", "inquiry.answered", "{'automated':true}"));

        Assert.Equal("", model.Show(Measures.ResponseTime));
    }

    [Fact]
    public void Of_the_response_only_working_hours_count_in_the_calendar_of_the_tenant()
    {
        (int, int)? day = (9 * 60, 18 * 60);
        var calendar = new WorkingCalendar([null, day, day, day, day, day, null], new HashSet<DateOnly> { new(2025, 1, 6) });
        var model = Of(Settings with { Calendar = calendar }, Received,
            Event(2, "2025-01-07 09:30", "inquiry/i", "inquiry.answered"));

        // Friday 17 to 18, a weekend, a holiday on Monday, Tuesday 9 to 9:30.
        Assert.Equal($"2025-01-03 {{channel=chat}} +1 {90 * 60_000}", model.Show(Measures.ResponseTimeWorking));
        Assert.Equal($"2025-01-03 {{channel=chat}} +1 {(3 * 24 + 16.5) * 3_600_000}", model.Show(Measures.ResponseTime));
    }

    [Fact]
    public void Blanks_come_from_the_lead_and_the_answering_manager_stays()
    {
        var model = Of(Settings, Received, Event(2, "2025-01-03 18:00", "inquiry/i", "inquiry.answered", "{'manager':'bob'}"),
            Event(3, "2025-01-05", "lead/l", "lead.created", "{'source':'ads','manager':'ann'}"));

        Assert.Equal("2025-01-03 {manager=bob, source=ads, channel=chat} +1", model.Show(Measures.InquiriesReceived));
    }
}
