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
            var end = Math.Min(to, EndOf(day, hours.ToMinute, days));
            total += Math.Max(0, end - start);
        }
        return total;
    }

    private static bool IsHoliday(WorkingCalendar calendar, int day) =>
        calendar.Holidays.Count > 0 && calendar.Holidays.Contains(DateOnly.FromDayNumber(day));

    // The end of the day is the beginning of the next, wherever the clock stood between.
    private static long EndOf(int day, int minute, LocalDays days) =>
        minute == 1_440 ? days.InstantOf(day + 1, 0) : days.InstantOf(day, minute);

    // 0001-01-01 was a Monday.
    private static int WeekdayOf(int day) => (day + 1) % 7;
}
