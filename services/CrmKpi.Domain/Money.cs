using System.Buffers.Text;

namespace CrmKpi.Domain;

/// <summary>
/// Money inside the core: whole millionths of a currency unit in 64 bits. More decimals are rounded half to even; an
/// amount beyond ±<see cref="UnitsMax"/> is refused at the door.
/// </summary>
public readonly record struct Money(long Micros, string? Currency)
{
    /// <summary>The largest amount, in currency units.</summary>
    public const long UnitsMax = 1_000_000_000_000;

    /// <summary>Millionths of a unit.</summary>
    public const long MicrosPerUnit = 1_000_000;

    /// <summary>Converts a decimal amount; null when it is out of range.</summary>
    public static long? ToMicros(decimal amount) =>
        Math.Abs(amount) > UnitsMax
            ? null
            : (long)decimal.Round(amount * MicrosPerUnit, 0, MidpointRounding.ToEven);

    /// <summary>
    /// Reads a decimal such as <c>-1054.00</c> or <c>1.5e3</c> (the grammar of a JSON number, leading zeros allowed).
    /// </summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="micros">Millionths of a unit.</param>
    /// <returns>False when it is no decimal, or beyond ±<see cref="UnitsMax"/>.</returns>
    public static bool TryParseMicros(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (!IsDecimal(text))
            return false;
        if (TryParsePlain(text, out micros))
            return true;
        if (!Utf8Parser.TryParse(text, out decimal amount, out var used) || used != text.Length
            || ToMicros(amount) is not { } exact)
            return false;
        micros = exact;
        return true;
    }

    /// <summary>Whether a text is a currency code: three capital letters.</summary>
    public static bool IsCurrency(ReadOnlySpan<byte> text) =>
        text.Length == 3 && !text.ContainsAnyExceptInRange((byte)'A', (byte)'Z');

    /// <summary>Whether a text has the form of a decimal, whatever its size.</summary>
    public static bool IsDecimal(ReadOnlySpan<byte> text)
    {
        var at = text is [(byte)'-', ..] ? 1 : 0;
        if (!Digits(text, ref at))
            return false;
        if (at < text.Length && text[at] == '.')
        {
            at++;
            if (!Digits(text, ref at))
                return false;
        }
        if (at < text.Length && (text[at] | 0x20) == 'e')
        {
            at++;
            if (at < text.Length && text[at] is (byte)'+' or (byte)'-')
                at++;
            if (!Digits(text, ref at))
                return false;
        }
        return at == text.Length;
    }

    // The common case without the decimal type: at most 12 digits before the point and 6 after it.
    private static bool TryParsePlain(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        var negative = text[0] == '-';
        var digits = negative ? text[1..] : text;
        var point = digits.IndexOf((byte)'.');
        var whole = point < 0 ? digits : digits[..point];
        var fraction = point < 0 ? default : digits[(point + 1)..];
        if (whole.Length > 12 || fraction.Length > 6)
            return false;
        var value = 0L;
        foreach (var c in whole)
        {
            if (c is < (byte)'0' or > (byte)'9')
                return false;
            value = value * 10 + (c - '0');
        }
        for (var i = 0; i < 6; i++)
        {
            var c = i < fraction.Length ? fraction[i] : (byte)'0';
            if (c is < (byte)'0' or > (byte)'9')
                return false;
            value = value * 10 + (c - '0');
        }
        micros = negative ? -value : value;
        return true;
    }

    private static bool Digits(ReadOnlySpan<byte> text, ref int at)
    {
        var start = at;
        while (at < text.Length && (uint)(text[at] - '0') <= 9)
            at++;
        return at > start;
    }
}
