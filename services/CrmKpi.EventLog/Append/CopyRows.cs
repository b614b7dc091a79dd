using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace CrmKpi.EventLog.Append;

/// <summary>
/// Writes events in PostgreSQL's binary COPY format, in the column order of <c>Sql/copy_events.sql</c>.
/// </summary>
internal sealed class CopyRows(Stream target) : IDisposable
{
    private const int FlushBytes = 64 << 10;
    private const short Columns = 12;

    /// <summary>PostgreSQL counts microseconds from 2000-01-01.</summary>
    private const long EpochTicks = 630_822_816_000_000_000;

    private const int Null = -1;
    private const byte JsonbVersion = 1;

    /// <summary>Signature, no flags, no extension. Not a u8 literal: 0xff is no UTF-8.</summary>
    private static ReadOnlySpan<byte> Header =>
        [0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(2 * FlushBytes);
    private int _length;

    /// <summary>Writes the rows and the end mark. The caller ends the COPY.</summary>
    /// <param name="before">The version that each stream of the plan has before its first row.</param>
    public async Task Write(IReadOnlyList<PlannedRow> rows, long[] before, DateTime recordedAt, CancellationToken ct)
    {
        Header.CopyTo(Take(Header.Length));
        foreach (var row in rows)
        {
            WriteRow(row, before[row.Stream] + row.Nth, recordedAt.Ticks);
            if (_length >= FlushBytes)
                await Flush(ct);
        }
        Int16(-1);
        await Flush(ct);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void WriteRow(PlannedRow row, long version, long recordedTicks)
    {
        var e = row.Event;
        Int16(Columns);
        Int64(row.Sequence);
        Int32(16);
        row.Id.TryWriteBytes(Take(16), bigEndian: true, out _);
        Int64(version);
        Time(recordedTicks);
        Time(e.OccurredAt.UtcTicks);
        Text(e.StreamId);
        Text(e.Type);
        Text(e.Source);
        Text(e.SourceId);
        Int32(e.Data.Length + 1);
        Take(1)[0] = JsonbVersion;
        e.Data.Span.CopyTo(Take(e.Data.Length));
        Text(e.CorrelationId);
        Text(e.TraceParent);
    }

    private void Int16(short value) => BinaryPrimitives.WriteInt16BigEndian(Take(sizeof(short)), value);

    private void Int32(int value) => BinaryPrimitives.WriteInt32BigEndian(Take(sizeof(int)), value);

    private void Int64(long value)
    {
        Int32(sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(Take(sizeof(long)), value);
    }

    /// <summary>Rounds down, before the epoch too: a time never moves into the next microsecond.</summary>
    private void Time(long utcTicks)
    {
        var (micros, rest) = Math.DivRem(utcTicks - EpochTicks, TimeSpan.TicksPerMicrosecond);
        Int64(rest < 0 ? micros - 1 : micros);
    }

    private void Text(string? text)
    {
        if (text is null)
        {
            Int32(Null);
            return;
        }
        var lengthAt = _length;
        var room = Take(sizeof(int) + Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, room[sizeof(int)..]);
        BinaryPrimitives.WriteInt32BigEndian(room, length);
        _length = lengthAt + sizeof(int) + length;
    }

    private Span<byte> Take(int bytes)
    {
        if (_buffer.Length - _length < bytes)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(2 * _buffer.Length, _length + bytes));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        var span = _buffer.AsSpan(_length, bytes);
        _length += bytes;
        return span;
    }

    private async Task Flush(CancellationToken ct)
    {
        await target.WriteAsync(_buffer.AsMemory(0, _length), ct);
        _length = 0;
    }
}
