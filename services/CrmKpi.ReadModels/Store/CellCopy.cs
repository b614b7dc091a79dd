using System.Buffers;
using System.Buffers.Binary;

namespace CrmKpi.ReadModels.Store;

/// <summary>
/// Cells in PostgreSQL's binary COPY format, written by hand: a build writes several cells an event, and the typed importer
/// costs more than the fold. The format: a header; per row the number of fields and each field with its length; a trailer.
/// </summary>
internal static class CellCopy
{
    private const short Fields = 8;
    private const int BufferBytes = 1 << 16;

    /// <summary>Two numerics of up to ten digits of base 10 000 each, six numbers, and lengths.</summary>
    private const int RowBytesMax = 160;

    private static readonly byte[] Header = [.. "PGCOPY\n"u8, 0xff, .. "\r\n\0"u8, 0, 0, 0, 0, 0, 0, 0, 0];

    public static async Task Write(Stream copy, int generation, CellRow[] rows, CancellationToken ct)
    {
        // The same at the begin of every row: number of fields, generation.
        var prefix = new byte[2 + 8];
        BinaryPrimitives.WriteInt16BigEndian(prefix, Fields);
        PutInt(prefix, prefix.Length - 8, generation);

        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            Header.CopyTo(buffer, 0);
            var at = Header.Length;
            foreach (var row in rows)
            {
                if (at + prefix.Length + RowBytesMax > buffer.Length)
                {
                    await copy.WriteAsync(buffer.AsMemory(0, at), ct);
                    at = 0;
                }
                prefix.CopyTo(buffer, at);
                at = Put(buffer, at + prefix.Length, row);
            }
            BinaryPrimitives.WriteInt16BigEndian(buffer.AsSpan(at), -1);
            await copy.WriteAsync(buffer.AsMemory(0, at + 2), ct);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The numeric of an integer: digits of base 10 000, the highest first, without zeros at the end.</summary>
    internal static int PutNumeric(Span<byte> buffer, int at, Int128 value)
    {
        const int DigitsMax = 10;
        const ulong Base = 10_000;
        Span<short> digits = stackalloc short[DigitsMax];
        var magnitude = value < 0 ? (UInt128)(-value) : (UInt128)value;
        var count = 0;
        for (; magnitude > ulong.MaxValue; magnitude /= Base)
            digits[count++] = (short)(ulong)(magnitude % Base);
        for (var rest = (ulong)magnitude; rest > 0; rest /= Base)
            digits[count++] = (short)(rest % Base);
        var zeros = 0;
        while (zeros < count && digits[zeros] == 0)
            zeros++;

        BinaryPrimitives.WriteInt32BigEndian(buffer[at..], 8 + 2 * (count - zeros));
        BinaryPrimitives.WriteInt16BigEndian(buffer[(at + 4)..], (short)(count - zeros));
        BinaryPrimitives.WriteInt16BigEndian(buffer[(at + 6)..], (short)Math.Max(0, count - 1));
        BinaryPrimitives.WriteInt16BigEndian(buffer[(at + 8)..], (short)(value < 0 ? 0x4000 : 0));
        BinaryPrimitives.WriteInt16BigEndian(buffer[(at + 10)..], 0);
        at += 12;
        for (var i = count - 1; i >= zeros; i--, at += 2)
            BinaryPrimitives.WriteInt16BigEndian(buffer[at..], digits[i]);
        return at;
    }

    private static int Put(Span<byte> buffer, int at, in CellRow row)
    {
        var ((measure, day, dims, bucket), (count, sum, squares)) = row;
        BinaryPrimitives.WriteInt32BigEndian(buffer[at..], sizeof(short));
        BinaryPrimitives.WriteInt16BigEndian(buffer[(at + 4)..], measure);
        at = PutInt(buffer, at + 6, day);
        at = PutInt(buffer, at, dims);
        at = PutInt(buffer, at, bucket);
        BinaryPrimitives.WriteInt32BigEndian(buffer[at..], sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(buffer[(at + 4)..], count);
        at = PutNumeric(buffer, at + 12, sum);
        return PutNumeric(buffer, at, squares);
    }

    private static int PutInt(Span<byte> buffer, int at, int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(buffer[at..], sizeof(int));
        BinaryPrimitives.WriteInt32BigEndian(buffer[(at + 4)..], value);
        return at + 8;
    }
}
