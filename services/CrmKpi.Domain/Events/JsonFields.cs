using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace CrmKpi.Domain.Events;

/// <summary>
/// Reads single fields of a JSON object without building a document: one pass notes where the top-level values stand,
/// each look-up compares names. The object must be well-formed, as everything in the log is; of equal names the last
/// counts. A value of another type than asked for reads as absent: the door has checked the types.
/// </summary>
public readonly ref struct JsonFields
{
    // Fields past this number are found by a second pass; canonical events have a dozen.
    private const int SlotsMax = 24;

    private readonly ReadOnlySpan<byte> _json;
    private readonly Slots _slots;
    private readonly int _count;

    /// <summary>Notes the top-level values of an object.</summary>
    /// <exception cref="FormatException">It is no object.</exception>
    public JsonFields(ReadOnlySpan<byte> json)
    {
        _json = json;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new FormatException("The data of an event is not a JSON object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var slot = SlotOf(ref reader);
            if (_count < SlotsMax)
                _slots[_count] = slot;
            _count++;
        }
    }

    /// <summary>A text; null when it is absent or empty.</summary>
    public string? Text(ReadOnlySpan<byte> name)
    {
        var raw = Find(name);
        if (raw.Length < 3 || raw[0] != '"')
            return null;
        return raw.Contains((byte)'\\') ? Unescaped(raw) : System.Text.Encoding.UTF8.GetString(raw[1..^1]);
    }

    /// <summary>The same, with equal texts sharing one string: for values that come again and again.</summary>
    public string? SharedText(ReadOnlySpan<byte> name)
    {
        var raw = Find(name);
        if (raw.Length < 3 || raw[0] != '"')
            return null;
        return raw.Contains((byte)'\\') ? TextPool.Shared.Get(Unescaped(raw)) : TextPool.Shared.Get(raw[1..^1]);
    }

    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(ReadOnlySpan<byte> name) => Find(name) is not ([] or [(byte)'n', ..]);

    /// <summary>A boolean.</summary>
    public bool? Flag(ReadOnlySpan<byte> name) => Find(name) switch
    {
        [(byte)'t', ..] => true,
        [(byte)'f', ..] => false,
        _ => null,
    };

    /// <summary>A whole number.</summary>
    public long? Integer(ReadOnlySpan<byte> name)
    {
        var raw = Find(name);
        return Utf8Parser.TryParse(raw, out long value, out var used) && used == raw.Length && used > 0 ? value : null;
    }

    /// <summary>A number.</summary>
    public decimal? Number(ReadOnlySpan<byte> name)
    {
        var raw = Find(name);
        return Utf8Parser.TryParse(raw, out decimal value, out var used) && used == raw.Length && used > 0 ? value : null;
    }

    /// <summary>Money, written as an object or as the bare decimal.</summary>
    public Money? Amount(ReadOnlySpan<byte> name)
    {
        var raw = Find(name);
        if (raw is not [(byte)'{', ..])
            return Money.TryParseMicros(Unquoted(raw), out var bare) ? new Money(bare, null) : null;
        var reader = new Utf8JsonReader(raw);
        ReadOnlySpan<byte> amount = default;
        string? currency = null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isAmount = reader.ValueTextEquals("amount"u8);
            var isCurrency = reader.ValueTextEquals("currency"u8);
            reader.Read();
            if (isAmount)
                amount = reader.ValueSpan;
            else if (isCurrency && reader.TokenType == JsonTokenType.String)
                currency = reader.ValueIsEscaped ? reader.GetString() : TextPool.Currency(reader.ValueSpan);
            else
                reader.Skip();
        }
        return Money.TryParseMicros(amount, out var micros) ? new Money(micros, currency) : null;
    }

    /// <summary>A timestamp in microseconds since 1970-01-01T00:00Z.</summary>
    public long? Instant(ReadOnlySpan<byte> name)
    {
        var raw = Find(name);
        if (raw is not [(byte)'"', ..])
            return null;
        var plain = raw.Contains((byte)'\\') ? System.Text.Encoding.UTF8.GetBytes(Unescaped(raw)) : raw[1..^1];
        return Rfc3339.TryParseInstant(plain, out var micros) ? micros : null;
    }

    /// <summary>A day as <see cref="DateOnly.DayNumber"/>.</summary>
    public int? Day(ReadOnlySpan<byte> name) => Rfc3339.TryParseDay(Unquoted(Find(name)), out var day) ? day : null;

    /// <summary>The bytes of an object or a list; empty when it is absent.</summary>
    public ReadOnlySpan<byte> Nested(ReadOnlySpan<byte> name)
    {
        var raw = Find(name);
        return raw is [(byte)'{' or (byte)'[', ..] ? raw : default;
    }

    // The raw value: a text with its quotes; empty when the field is absent.
    private ReadOnlySpan<byte> Find(ReadOnlySpan<byte> name)
    {
        if (_count > SlotsMax)
            return FindAnew(name);
        for (var i = _count - 1; i >= 0; i--)
        {
            ref readonly var slot = ref _slots[i];
            if (slot.IsNameEscaped ? IsNamed(slot, name) : _json.Slice(slot.Name, slot.NameLength).SequenceEqual(name))
                return _json.Slice(slot.Value, slot.ValueLength);
        }
        return default;
    }

    private ReadOnlySpan<byte> FindAnew(ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(_json, new JsonReaderOptions { MaxDepth = 256 });
        ReadOnlySpan<byte> found = default;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var matches = reader.ValueTextEquals(name);
            var slot = SlotOf(ref reader);
            if (matches)
                found = _json.Slice(slot.Value, slot.ValueLength);
        }
        return found;
    }

    private bool IsNamed(in Slot slot, ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(_json.Slice(slot.Name - 1, slot.NameLength + 2));
        return reader.Read() && reader.ValueTextEquals(name);
    }

    // At a property name; ends at the last token of its value.
    private static Slot SlotOf(ref Utf8JsonReader reader)
    {
        var (name, length, isEscaped) = ((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length, reader.ValueIsEscaped);
        reader.Read();
        var value = (int)reader.TokenStartIndex;
        reader.Skip();
        return new Slot(name, length, value, (int)reader.BytesConsumed - value, isEscaped);
    }

    private static string Unescaped(ReadOnlySpan<byte> quoted)
    {
        var reader = new Utf8JsonReader(quoted);
        reader.Read();
        return reader.GetString()!;
    }

    private static ReadOnlySpan<byte> Unquoted(ReadOnlySpan<byte> raw) => raw is [(byte)'"', .., (byte)'"'] ? raw[1..^1] : raw;

    private readonly record struct Slot(int Name, int NameLength, int Value, int ValueLength, bool IsNameEscaped);

    [InlineArray(SlotsMax)]
    private struct Slots
    {
        private Slot _first;
    }
}
