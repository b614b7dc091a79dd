using System.Buffers;
using System.Text;

namespace CrmKpi.Domain.Folding;

/// <summary>
/// Writes a state as compact bytes: integers as variable-length zigzag, texts with their length in front, and each (time,
/// sequence) as the distance from the one before. WARNING: a storage format; <see cref="StateReader"/> is its inverse.
/// </summary>
internal sealed class StateWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new(256);
    private long _time, _sequence;

    [ThreadStatic]
    private static StateWriter? s_reused;

    /// <summary>An empty writer of this thread, with the format's version in front.</summary>
    public static StateWriter Begin(byte formatVersion)
    {
        var writer = s_reused ??= new StateWriter();
        writer._buffer.ResetWrittenCount();
        (writer._time, writer._sequence) = (0, 0);
        writer.Byte(formatVersion);
        return writer;
    }

    /// <summary>What was written.</summary>
    public byte[] End() => _buffer.WrittenSpan.ToArray();

    public void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Count(int value) => Unsigned((ulong)value);

    public void Signed(long value) => Unsigned((ulong)(value << 1 ^ value >> 63));

    public void Optional(long? value)
    {
        Flag(value.HasValue);
        if (value is { } present)
            Signed(present);
    }

    public void Text(string? value)
    {
        if (value is null)
        {
            Byte(0);
            return;
        }
        var length = Encoding.UTF8.GetByteCount(value);
        Unsigned((ulong)length + 1);
        _buffer.Advance(Encoding.UTF8.GetBytes(value, _buffer.GetSpan(length)));
    }

    public void Money(Money value)
    {
        Signed(value.Micros);
        Text(value.Currency);
    }

    public void Optional(Money? value)
    {
        Flag(value.HasValue);
        if (value is { } present)
            Money(present);
    }

    public void Stamp(long time, long sequence)
    {
        Signed(time - _time);
        Signed(sequence - _sequence);
        (_time, _sequence) = (time, sequence);
    }

    public void Attribute<T>(in LastWriterWins<T> attribute, Action<StateWriter, T> write)
    {
        Flag(attribute.IsSet);
        if (!attribute.IsSet)
            return;
        Stamp(attribute.Time, attribute.Sequence);
        write(this, attribute.Value);
    }

    public void Attribute(in LastWriterWins<string> attribute) => Attribute(attribute, static (w, v) => w.Text(v));

    public void Attribute(in LastWriterWins<long> attribute) => Attribute(attribute, static (w, v) => w.Signed(v));

    public void Attribute(in LastWriterWins<Money> attribute) => Attribute(attribute, static (w, v) => w.Money(v));

    private void Unsigned(ulong value)
    {
        var span = _buffer.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
            span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        _buffer.Advance(length);
    }
}
