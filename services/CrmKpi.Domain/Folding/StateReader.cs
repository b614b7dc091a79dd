using System.Text;
using CrmKpi.Domain.Events;

namespace CrmKpi.Domain.Folding;

/// <summary>Reads what <see cref="StateWriter"/> wrote. Bytes that end early or go on too long are an error.</summary>
internal ref struct StateReader
{
    private ReadOnlySpan<byte> _rest;
    private long _time, _sequence;

    /// <summary>Starts behind the version byte, which must be the one expected.</summary>
    public StateReader(ReadOnlySpan<byte> bytes, byte formatVersion)
    {
        _rest = bytes;
        if (Byte() is var version && version != formatVersion)
        {
            throw new FormatException(
                $"A stored state has format {version}; this program reads format {formatVersion}. Rebuild the read models.");
        }
    }

    /// <summary>Asserts that all was read.</summary>
    public readonly void End()
    {
        if (!_rest.IsEmpty)
            throw new FormatException($"A stored state has {_rest.Length} bytes too many.");
    }

    public byte Byte()
    {
        if (_rest.IsEmpty)
            throw new FormatException("A stored state ends early.");
        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    public bool Flag() => Byte() != 0;

    /// <summary>A count of things of which each takes at least one byte.</summary>
    public int Count()
    {
        var value = Unsigned();
        return value <= (ulong)_rest.Length ? (int)value : throw new FormatException("A stored state ends early.");
    }

    public long Signed()
    {
        var value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public long? Optional() => Flag() ? Signed() : null;

    /// <summary>A text; texts that come again and again share one string when <paramref name="isShared"/>.</summary>
    public string? Text(bool isShared = false)
    {
        var length = Unsigned();
        if (length == 0)
            return null;
        if (length - 1 > (ulong)_rest.Length)
            throw new FormatException("A stored state ends early.");
        var bytes = _rest[..(int)(length - 1)];
        _rest = _rest[bytes.Length..];
        return isShared ? TextPool.Shared.Get(bytes) : Encoding.UTF8.GetString(bytes);
    }

    public Money Money() => new(Signed(), Text(true));

    public Money? OptionalMoney() => Flag() ? Money() : null;

    public (long Time, long Sequence) Stamp()
    {
        _time += Signed();
        _sequence += Signed();
        return (_time, _sequence);
    }

    public LastWriterWins<string> TextAttribute(bool isShared = false)
    {
        var attribute = default(LastWriterWins<string>);
        if (Flag())
        {
            var (time, sequence) = Stamp();
            attribute.Set(Text(isShared)!, time, sequence);
        }
        return attribute;
    }

    public LastWriterWins<long> NumberAttribute()
    {
        var attribute = default(LastWriterWins<long>);
        if (Flag())
        {
            var (time, sequence) = Stamp();
            attribute.Set(Signed(), time, sequence);
        }
        return attribute;
    }

    public LastWriterWins<Money> MoneyAttribute()
    {
        var attribute = default(LastWriterWins<Money>);
        if (Flag())
        {
            var (time, sequence) = Stamp();
            attribute.Set(Money(), time, sequence);
        }
        return attribute;
    }

    private ulong Unsigned()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
        throw new FormatException("A stored state holds a number of more than 64 bits.");
    }
}
