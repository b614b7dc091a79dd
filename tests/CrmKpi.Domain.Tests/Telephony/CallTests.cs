using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Telephony;

public sealed class CallTests
{
    private static readonly TenantSettings Settings = new();

    private static readonly LogEvent Lead =
        Event(100, "2025-01-03 10:00", "lead/l", "lead.created", "{'manager':'ann','source':'ads','channel':'site'}");

    [Fact]
    public void An_inbound_call_is_an_inquiry_answered_after_it_waited()
    {
        var model = Of(Settings, Call(1, "2025-01-03 17:00", "inbound", "'manager':'bob','waitSeconds':30"));

        Assert.Equal("2025-01-03 {manager=bob, channel=call} +1", model.Show(Measures.InquiriesReceived));
        Assert.Equal("2025-01-03 {manager=bob, channel=call} +1 30000", model.Show(Measures.ResponseTime));
        Assert.Equal(30L, model.Fact("call/k")["wait_seconds"]);
        Assert.Equal(false, model.Fact("call/k")["missed"]);
    }

    [Theory]
    [InlineData("'waitSeconds':30,'missed':true")]
    [InlineData("'waitSeconds':30", 0)]
    [InlineData("'manager':'bob'")]
    public void A_missed_call_and_one_of_unknown_wait_are_inquiries_without_a_response_time(string data, int talk = 60)
    {
        var model = Of(Settings, Call(1, "2025-01-03 17:00", "inbound", data, talk));

        Assert.Contains("channel=call} +1", model.Show(Measures.InquiriesReceived), StringComparison.Ordinal);
        Assert.Equal("", model.Show(Measures.ResponseTime));
        Assert.Equal("", model.Show(Measures.ResponseTimeWorking));
    }

    [Fact]
    public void A_call_outside_working_hours_waits_no_working_time()
    {
        (int, int)? day = (9 * 60, 18 * 60);
        var calendar = new WorkingCalendar([null, day, day, day, day, day, null], new HashSet<DateOnly>());
        var model = Of(Settings with { Calendar = calendar }, Call(1, "2025-01-03 17:59", "inbound", "'waitSeconds':90"));

        Assert.Equal("2025-01-03 {channel=call} +1 60000", model.Show(Measures.ResponseTimeWorking));
        Assert.Equal("2025-01-03 {channel=call} +1 90000", model.Show(Measures.ResponseTime));
    }

    [Fact]
    public void An_outbound_call_is_the_first_contact_of_its_lead_and_no_inquiry()
    {
        var model = Of(Settings, Call(1, "2025-01-03 10:05", "outbound", "'lead':'l','missed':true"),
            Call(2, "2025-01-03 10:20", "outbound", "'lead':'l'", stream: "call/k2"), Lead);

        Assert.Equal("", model.Show(Measures.InquiriesReceived));
        Assert.Equal("2025-01-03 {manager=ann, source=ads, channel=site} +1 1200000", model.Show(Measures.FirstContactTime));
    }

    [Fact]
    public void Blanks_come_from_the_lead_but_the_channel_is_the_call()
    {
        var model = Of(Settings, Lead, Call(1, "2025-01-03 17:00", "inbound", "'lead':'l','waitSeconds':5"));

        Assert.Equal("2025-01-03 {manager=ann, source=ads, channel=call} +1", model.Show(Measures.InquiriesReceived));
    }

    [Fact]
    public void A_lead_with_many_calls_tells_all_of_them_who_it_is()
    {
        var calls = Enumerable.Range(1, 40)
            .Select(i => Call(i, "2025-01-03 17:00", "inbound", "'lead':'l'", stream: $"call/k{i}")).ToArray();
        var model = Of(Settings, [.. calls, Lead]);
        Assert.Equal("2025-01-03 {manager=ann, source=ads, channel=call} +40", model.Show(Measures.InquiriesReceived));

        model.Fold([Event(101, "2025-01-04", "lead/l", "lead.assigned", "{'manager':'eve'}"),
            Call(102, "2025-01-05", "inbound", "'lead':'other'", stream: "call/k7")]);

        Assert.Equal("""
            2025-01-03 {manager=eve, source=ads, channel=call} +39
            2025-01-05 {channel=call} +1
            """, model.Show(Measures.InquiriesReceived));
    }

    [Fact]
    public void A_later_record_of_the_same_call_replaces_it()
    {
        var model = Of(Settings, Lead, Call(1, "2025-01-03 10:10", "outbound", "'lead':'l'"));
        model.Fold([Call(2, "2025-01-03 10:11", "inbound", "'missed':true")]);

        Assert.Equal("", model.Show(Measures.FirstContactTime));
        Assert.Equal("2025-01-03 {channel=call} +1", model.Show(Measures.InquiriesReceived));
    }

    private static LogEvent Call(
        long sequence, string time, string direction, string data, int talk = 60, string stream = "call/k") =>
        Event(sequence, time, stream, "call.recorded", $"{{'direction':'{direction}','talkSeconds':{talk},{data}}}");
}
