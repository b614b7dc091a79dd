namespace CrmKpi.Domain.Events;

/// <summary>Days and points in time as the canonical events write them, from UTF-8, without allocation.</summary>
public static class Rfc3339
{
    /// <summary>The first year of days and timestamps inside <c>data</c>.</summary>
    public const int YearMin = 1900;

    /// <summary>The last year of days and timestamps inside <c>data</c>.</summary>
    public const int YearMax = 2200;

    private const long MicrosPerMinute = 60_000_000;
    private const int OffsetMinutesMax = 14 * 60;

    /// <summary>Days from 0001-01-01 to 1970-01-01.</summary>
    public const int EpochDay = 719_162;

    /// <summary>
    /// Reads <c>2025-03-01T09:30:00.123456+03:00</c> as microseconds since 1970-01-01T00:00Z; digits past the microsecond
    /// are cut off. False when the form is another or there is no offset.
    /// </summary>
    public static bool TryParseInstant(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (text.Length < 20 || (text[10] | 0x20) != 't' || !TryParseDay(text[..10], out var day)
            || text[13] != ':' || text[16] != ':')
            return false;
        int hour = Two(text, 11), minute = Two(text, 14), second = Two(text, 17);
        if (hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59)
            return false;
        var at = 19;
        var fraction = 0L;
        if (text[at] == '.')
        {
            var scale = 100_000;
            for (at++; at < text.Length && (uint)(text[at] - '0') <= 9; at++, scale /= 10)
                fraction += (text[at] - '0') * scale;
            if (at == 20)
                return false;
        }
        if (!TryParseOffset(text[at..], out var offset))
            return false;
        var minutes = (day - EpochDay) * 1_440L + hour * 60 + minute - offset;
        micros = minutes * MicrosPerMinute + second * 1_000_000L + fraction;
        return true;
    }

    /// <summary>Reads <c>2025-03-01</c> as a <see cref="DateOnly.DayNumber"/>.</summary>
    public static bool TryParseDay(ReadOnlySpan<byte> text, out int day)
    {
        day = 0;
        if (text.Length != 10 || text[4] != '-' || text[7] != '-')
            return false;
        int high = Two(text, 0), low = Two(text, 2), month = Two(text, 5), dayOfMonth = Two(text, 8);
        if (high < 0 || low < 0 || month is < 1 or > 12 || dayOfMonth < 1)
            return false;
        var year = high * 100 + low;
        if (year < 1 || dayOfMonth > DateTime.DaysInMonth(year, month))
            return false;
        day = new DateOnly(year, month, dayOfMonth).DayNumber;
        return true;
    }

    /// <summary>Reads <c>09:30</c> as minutes of the day; <c>24:00</c> is its end.</summary>
    public static bool TryParseTimeOfDay(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text.Length != 5 || text[2] != ':')
            return false;
        int hour = Two(text, 0), minute = Two(text, 3);
        minutes = hour * 60 + minute;
        return hour >= 0 && minute is >= 0 and <= 59 && minutes <= 1_440;
    }

    /// <summary>A point in time as microseconds since 1970-01-01T00:00Z.</summary>
    public static long MicrosOf(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) / 10;

    /// <summary>The inverse of <see cref="MicrosOf"/>, in UTC.</summary>
    public static DateTime UtcOf(long micros) => new(DateTime.UnixEpoch.Ticks + micros * 10, DateTimeKind.Utc);

    private static bool TryParseOffset(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text is [(byte)'Z' or (byte)'z'])
            return true;
        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-') || text[3] != ':')
            return false;
        int hours = Two(text, 1), rest = Two(text, 4);
        if (hours < 0 || rest is < 0 or > 59 || hours * 60 + rest > OffsetMinutesMax)
            return false;
        minutes = text[0] == '-' ? -(hours * 60 + rest) : hours * 60 + rest;
        return true;
    }

    // Two digits as a number, or −1.
    private static int Two(ReadOnlySpan<byte> text, int at)
    {
        uint tens = (uint)(text[at] - '0'), ones = (uint)(text[at + 1] - '0');
        return tens > 9 || ones > 9 ? -1 : (int)(tens * 10 + ones);
    }
}
