using System.Globalization;

namespace CrmKpi.Connectors.Csv.Values;

/// <summary>What to do with a local time that the clock skips in spring.</summary>
public enum GapRule
{
    /// <summary>It is moved forward by the length of the gap: 02:30 becomes 03:30.</summary>
    Forward,

    /// <summary>It is a problem of its row.</summary>
    Error,
}

/// <summary>What to do with a local time that the clock passes twice in autumn.</summary>
public enum OverlapRule
{
    /// <summary>The first pass (summer time).</summary>
    First,

    /// <summary>The second pass (standard time).</summary>
    Second,

    /// <summary>It is a problem of its row.</summary>
    Error,
}

/// <summary>How text becomes an instant: formats in the order of trial, and the zone of what carries no offset.</summary>
/// <param name="Formats">.NET format strings, or <c>iso</c>, <c>unix</c>, <c>unixMs</c>, <c>excel</c>.</param>
public sealed record TimeFormat(
    IReadOnlyList<string> Formats, TimeZoneInfo Zone, GapRule Gap = GapRule.Forward, OverlapRule Overlap = OverlapRule.First)
{
    /// <summary>ISO 8601: a date; or date and time with <c>T</c> or a space, seconds, fraction and offset optional.</summary>
    public const string Iso = "iso";

    private static readonly string[] IsoFormats =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFF", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd' 'HH:mm",
    ];

    private static readonly string[] IsoOffsetFormats =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd' 'HH:mmK",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzz", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFzz",
        "yyyy-MM-dd' 'HH:mm:ss.FFFFFFF zzz", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFF 'UTC'",
    ];

    /// <summary>The instant of a text.</summary>
    internal DateTimeOffset Parse(string text, string column)
    {
        foreach (var format in Formats)
        {
            if (TryParse(text, format, out var offset, out var local))
                return offset ?? ToInstant(local, column);
        }
        throw new RowProblemException("bad_time",
            $"\"{Shorten(text)}\" is not a time of the form {string.Join(" or ", Formats.Select(f => $"\"{f}\""))}. Correct it, or "
            + "add its form to \"format\" in the mapping.", column);
    }

    /// <summary>A text of a format is understood without looking at a value; false for an impossible format string.</summary>
    public static bool IsFormat(string format)
    {
        if (format is Iso or "unix" or "unixMs" or "excel")
            return true;
        try
        {
            var shown = DateTime.UnixEpoch.ToString(format, CultureInfo.InvariantCulture);
            return format.Length > 1
                && DateTime.TryParseExact(shown, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>What is in the text: an instant when it carries an offset, else a local time.</summary>
    private static bool TryParse(string text, string format, out DateTimeOffset? instant, out DateTime local)
    {
        (instant, local) = (null, default);
        switch (format)
        {
            case Iso:
                const DateTimeStyles none = DateTimeStyles.None;
                if (DateTime.TryParseExact(text, IsoFormats, CultureInfo.InvariantCulture, none, out local))
                    return true;
                return ParseOffset(text, IsoOffsetFormats, out instant);
            case "unix" or "unixMs":
                return ParseUnix(text, format == "unix" ? TimeSpan.TicksPerSecond : TimeSpan.TicksPerMillisecond, out instant);
            case "excel":
                return ParseExcel(text, out local);
        }
        if (format.Contains('z') || format.Contains('K'))
            return ParseOffset(text, [format], out instant);
        return DateTime.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out local);
    }

    private static bool ParseOffset(string text, string[] formats, out DateTimeOffset? instant)
    {
        var found = DateTimeOffset.TryParseExact(
            text, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var value);
        instant = found ? value : null;
        return found;
    }

    private static bool ParseUnix(string text, long ticksPerUnit, out DateTimeOffset? instant)
    {
        instant = null;
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture, out var units) || Math.Abs(units) > 253_402_300_799_999m)
            return false;
        var ticks = units * ticksPerUnit + DateTime.UnixEpoch.Ticks;
        if (ticks < 0 || ticks > DateTime.MaxValue.Ticks)
            return false;
        instant = new DateTimeOffset((long)ticks, TimeSpan.Zero);
        return true;
    }

    /// <summary>Days since 1899-12-30, the serial numbers of spreadsheets, to the second.</summary>
    private static bool ParseExcel(string text, out DateTime local)
    {
        local = default;
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var days)
            || days >= 2_958_466)
            return false;
        local = new DateTime(1899, 12, 30).AddSeconds((double)decimal.Round(days * 86_400));
        return true;
    }

    /// <summary>The instant at which the zone's clock shows a local time.</summary>
    private DateTimeOffset ToInstant(DateTime local, string column)
    {
        local = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        if (Zone.IsInvalidTime(local))
        {
            if (Gap == GapRule.Error)
                throw new RowProblemException("time_in_gap",
                    $"The clock of {Zone.Id} skips {local:yyyy-MM-dd HH:mm:ss}. Correct it, or set \"gap: forward\".", column);
            // The offset before the gap, kept: the clock then shows the time moved forward by the gap's length.
            return new DateTimeOffset(local, Zone.GetUtcOffset(local.AddDays(-1)));
        }
        if (!Zone.IsAmbiguousTime(local))
            return new DateTimeOffset(local, Zone.GetUtcOffset(local));
        if (Overlap == OverlapRule.Error)
            throw new RowProblemException("time_twice",
                $"The clock of {Zone.Id} shows {local:yyyy-MM-dd HH:mm:ss} twice. Add the offset to the value, or set "
                + "\"overlap: first\" or \"overlap: second\".", column);
        var offsets = Zone.GetAmbiguousTimeOffsets(local);
        return new DateTimeOffset(local, Overlap == OverlapRule.First ? offsets.Max() : offsets.Min());
    }

    /// <summary>A value as it is shown in a message.</summary>
    internal static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
