using System.Text;

namespace CrmKpi.Domain.Events;

/// <summary>
/// Shares the strings of values that come again and again (managers, stages, sources). Bounded: a direct-mapped table, in
/// which a newcomer takes the place of what hashes to the same slot. Safe for several threads: a slot is one reference, and a
/// lost race only costs the sharing.
/// </summary>
public sealed class TextPool
{
    private const int SlotCount = 16_384;
    private const int SharedCharsMax = 64;

    private static readonly string[] Currencies =
        ["RUB", "USD", "EUR", "BRL", "KZT", "BYN", "UAH", "GBP", "CNY", "TRY", "UZS", "AMD", "GEL", "KGS", "PLN", "CHF"];

    private readonly string?[] _slots = new string?[SlotCount];

    /// <summary>The pool of the process.</summary>
    public static TextPool Shared { get; } = new();

    /// <summary>The string of a UTF-8 text.</summary>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > SharedCharsMax)
            return Encoding.UTF8.GetString(utf8);
        Span<char> chars = stackalloc char[SharedCharsMax];
        return Get(chars[..Encoding.UTF8.GetChars(utf8, chars)]);
    }

    /// <summary>The shared string equal to a text.</summary>
    public string Get(string text)
    {
        if (text.Length > SharedCharsMax)
            return text;
        ref var slot = ref _slots[string.GetHashCode(text) & (SlotCount - 1)];
        return slot is { } held && held == text ? held : slot = text;
    }

    private string Get(ReadOnlySpan<char> text)
    {
        ref var slot = ref _slots[string.GetHashCode(text) & (SlotCount - 1)];
        return slot is { } held && text.SequenceEqual(held) ? held : slot = text.ToString();
    }

    /// <summary>The string of a currency code; the common ones are shared.</summary>
    internal static string Currency(ReadOnlySpan<byte> utf8)
    {
        Span<char> chars = stackalloc char[3];
        if (utf8.Length == 3)
        {
            Encoding.Latin1.GetChars(utf8, chars);
            foreach (var known in Currencies)
                if (chars.SequenceEqual(known))
                    return known;
        }
        return Encoding.UTF8.GetString(utf8);
    }
}
