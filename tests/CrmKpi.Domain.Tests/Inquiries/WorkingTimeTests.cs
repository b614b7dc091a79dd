using System.Globalization;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Inquiries;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Tests.Inquiries;

public sealed class WorkingTimeTests
{
    private static readonly (int, int)? Office = (9 * 60, 18 * 60);
    private static readonly WorkingCalendar Weekdays =
        new([null, Office, Office, Office, Office, Office, null], new HashSet<DateOnly>());
    private static readonly WorkingCalendar AllDay =
        new([.. Enumerable.Repeat<(int, int)?>((0, 1_440), 7)], new HashSet<DateOnly>());

    [Theory]
    [InlineData("2025-01-06T10:00Z", "2025-01-06T11:30Z", 1.5)]
    [InlineData("2025-01-06T07:00Z", "2025-01-06T23:00Z", 9)]
    [InlineData("2025-01-06T17:00Z", "2025-01-07T10:00Z", 2)]
    [InlineData("2025-01-03T17:00Z", "2025-01-06T09:15Z", 1.25)]
    [InlineData("2025-01-04T10:00Z", "2025-01-05T10:00Z", 0)]
    [InlineData("2025-01-06T11:30Z", "2025-01-06T10:00Z", -1.5)]
    [InlineData("2025-01-06T18:00Z", "2025-01-07T09:00Z", 0)]
    public void Only_office_hours_count(string from, string to, double hours) =>
        Assert.Equal(hours, Hours(from, to, Weekdays, "UTC"));

    [Fact]
    public void Without_a_calendar_all_time_counts() =>
        Assert.Equal(48, Hours("2025-01-04T10:00Z", "2025-01-06T10:00Z", null, "UTC"));

    [Theory]
    [InlineData("2025-03-29T23:00Z", "2025-03-30T22:00Z", 23)]
    [InlineData("2025-10-25T22:00Z", "2025-10-26T23:00Z", 25)]
    public void A_whole_day_lasts_as_long_as_the_clock_makes_it(string from, string to, double hours) =>
        Assert.Equal(hours, Hours(from, to, AllDay, "Europe/Berlin"));

    [Theory]
    [InlineData("2025-03-31T06:00Z", "2025-03-31T18:00Z")]
    [InlineData("2025-03-28T06:00Z", "2025-03-28T18:00Z")]
    public void Office_hours_follow_the_wall_clock(string from, string to) =>
        Assert.Equal(9, Hours(from, to, Weekdays, "Europe/Berlin"));

    [Fact]
    public void Any_cut_of_a_time_adds_up_to_the_whole()
    {
        var random = new Random(1);
        foreach (var zone in new[] { "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia" })
        {
            var days = LocalDays.For(zone);
            for (var round = 0; round < 500; round++)
            {
                var from = 1_320_000_000_000_000L + random.NextInt64(60L * 86_400_000_000);
                var to = from + random.NextInt64(10L * 86_400_000_000);
                var middle = from + random.NextInt64(to - from + 1);
                Assert.Equal(WorkingTime.Between(from, to, Weekdays, days),
                    WorkingTime.Between(from, middle, Weekdays, days) + WorkingTime.Between(middle, to, Weekdays, days));
                Assert.Equal(to - from, WorkingTime.Between(from, to, AllDay, days));
            }
        }
    }

    private static double Hours(string from, string to, WorkingCalendar? calendar, string zone) =>
        WorkingTime.Between(Micros(from), Micros(to), calendar, LocalDays.For(zone)) / 3_600_000_000d;

    private static long Micros(string time) =>
        Rfc3339.MicrosOf(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));
}
