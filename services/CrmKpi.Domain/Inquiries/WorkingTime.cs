using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Inquiries;

/// <summary>Working time between two points in time.</summary>
public static class WorkingTime
{
    /// <summary>
    /// The part of [from, to) that lies in working hours, in microseconds; negative when <paramref name="to"/> lies before
    /// <paramref name="from"/>. Hours are those of the local wall clock, so a day on which the clock is put forward
    /// at night is as long at work as any other.
    /// </summary>
    /// <param name="from">Microseconds since 1970-01-01T00:00Z.</param>
    /// <param name="to">Likewise.</param>
    /// <param name="calendar">The hours; null = all time counts.</param>
    /// <param name="days">The tenant's zone.</param>
    public static long Between(long from, long to, WorkingCalendar? calendar, LocalDays days)
    {
        if (calendar is null)
            return to - from;
        if (to < from)
            return -Between(to, from, calendar, days);
        var total = 0L;
        var lastDay = days.DayOf(to);
        for (var day = days.DayOf(from); day <= lastDay; day++)
        {
            if (calendar.Days[WeekdayOf(day)] is not { } hours || IsHoliday(calendar, day))
                continue;
            var start = Math.Max(from, days.InstantOf(day, hours.FromMinute));
            // Where a whole day was skipped (the Pacific, at the date line), its hours must not fall into the next.
            var end = Math.Min(days.InstantOf(day, hours.ToMinute), days.InstantOf(day + 1, 0));
            total += Math.Max(0, Math.Min(to, end) - start);
        }
        return total;
    }

    private static bool IsHoliday(WorkingCalendar calendar, int day) =>
        calendar.Holidays.Count > 0 && calendar.Holidays.Contains(DateOnly.FromDayNumber(day));

    // 0001-01-01 was a Monday.
    private static int WeekdayOf(int day) => (day + 1) % 7;
}
