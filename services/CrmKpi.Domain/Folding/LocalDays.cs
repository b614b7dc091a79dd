using System.Collections.Concurrent;

namespace CrmKpi.Domain.Folding;

/// <summary>
/// The local days of a time zone. The offset of each UTC day from 1970 to 2070 is looked up once and kept (150 kB a
/// zone); a day on which it changes, and days outside, ask the zone's rules each time. Safe for several threads: a slot is
/// one integer, and all write the same one.
/// </summary>
public sealed class LocalDays
{
    private const long MicrosPerDay = 86_400_000_000;
    private const long MicrosPerSecond = 1_000_000;
    private const int CachedDays = 36_525;

    // A slot holds the offset in seconds plus this; 0 = not looked up, 1 = changes on this day.
    private const int Shift = 1_000_000;
    private const int Changes = 1;

    private static readonly ConcurrentDictionary<string, LocalDays> Zones = new();

    private readonly int[] _offsets = new int[CachedDays];
    private readonly TimeZoneInfo _zone;

    private LocalDays(string zone) => _zone = TimeZoneInfo.FindSystemTimeZoneById(zone);

    /// <summary>The days of an IANA zone.</summary>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know the zone.</exception>
    public static LocalDays For(string zone) => Zones.GetOrAdd(zone, static id => new LocalDays(id));

    /// <summary>The local day of a point in time, as <see cref="DateOnly.DayNumber"/>.</summary>
    /// <param name="micros">Microseconds since 1970-01-01T00:00Z.</param>
    public int DayOf(long micros)
    {
        var local = micros + OffsetSecondsAt(micros) * MicrosPerSecond;
        return (int)FloorDivide(local, MicrosPerDay) + Events.Rfc3339.EpochDay;
    }

    /// <summary>
    /// The point in time of a local wall clock reading. Of a reading that comes twice it is the first; one that is
    /// skipped counts on from the time before the gap.
    /// </summary>
    /// <param name="day">Local day.</param>
    /// <param name="minute">Minute of the day; 1440 is the beginning of the next.</param>
    public long InstantOf(int day, int minute)
    {
        var local = (day - Events.Rfc3339.EpochDay) * MicrosPerDay + minute * 60 * MicrosPerSecond;
        // Offsets are at most 14 hours, and no zone changes twice within the two days looked at.
        long before = OffsetSecondsAt(local - MicrosPerDay), after = OffsetSecondsAt(local + MicrosPerDay);
        var early = local - Math.Max(before, after) * MicrosPerSecond;
        if (before == after)
            return early;
        var late = local - Math.Min(before, after) * MicrosPerSecond;
        if (OffsetSecondsAt(early) == Math.Max(before, after))
            return early;
        return OffsetSecondsAt(late) == Math.Min(before, after) ? late : local - before * MicrosPerSecond;
    }

    private int OffsetSecondsAt(long micros)
    {
        var day = FloorDivide(micros, MicrosPerDay);
        if ((ulong)day >= CachedDays)
            return AskZone(micros);
        ref var slot = ref _offsets[day];
        if (slot == 0)
        {
            var first = AskZone(day * MicrosPerDay);
            slot = first == AskZone((day + 1) * MicrosPerDay - MicrosPerSecond) ? first + Shift : Changes;
        }
        return slot == Changes ? AskZone(micros) : slot - Shift;
    }

    private int AskZone(long micros) => (int)_zone.GetUtcOffset(Events.Rfc3339.UtcOf(micros)).TotalSeconds;

    private static long FloorDivide(long value, long divisor) =>
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor);
}
