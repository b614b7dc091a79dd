using System.Buffers;
using CrmKpi.Domain.Cube;

namespace CrmKpi.ReadModels.Store;

/// <summary>
/// Cell changes as bytes, for <c>kpi.cube_changes</c>: version, number, then per cell the measure, day, dimension set,
/// bucket, count, sum and squares as variable-length integers. WARNING: a storage format.
/// </summary>
internal static class CellBytes
{
    private const byte Version = 1;
    private const int CellBytesMax = 5 * 4 + 10 + 19 * 2;

    public static byte[] Write(ReadOnlySpan<CellRow> cells)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(6 + cells.Length * CellBytesMax);
        try
        {
            buffer[0] = Version;
            var at = Put(buffer, 1, (uint)cells.Length);
            foreach (var ((measure, day, dims, bucket), (count, sum, squares)) in cells)
            {
                at = Put(buffer, at, (UInt128)(ushort)measure);
                at = Put(buffer, at, ZigZag(day));
                at = Put(buffer, at, (uint)dims);
                at = Put(buffer, at, ZigZag(bucket));
                at = Put(buffer, at, ZigZag(count));
                at = Put(buffer, at, ZigZag(sum));
                at = Put(buffer, at, ZigZag(squares));
            }
            return buffer.AsSpan(0, at).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public static CellRow[] Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes[0] != Version)
            throw new InvalidDataException($"Cube changes have format {bytes[0]}; this version reads {Version}.");
        var at = 1;
        var cells = new CellRow[(int)Take(bytes, ref at)];
        for (var i = 0; i < cells.Length; i++)
        {
            var measure = (short)(ushort)Take(bytes, ref at);
            var day = (int)ZagZig(Take(bytes, ref at));
            var dims = (int)Take(bytes, ref at);
            var bucket = (int)ZagZig(Take(bytes, ref at));
            var count = (long)ZagZig(Take(bytes, ref at));
            cells[i] = new CellRow(
                new CellKey(measure, day, dims, bucket),
                new CellValue(count, ZagZig(Take(bytes, ref at)), ZagZig(Take(bytes, ref at))));
        }
        return cells;
    }

    private static UInt128 ZigZag(Int128 value) => (UInt128)((value << 1) ^ (value >> 127));

    private static Int128 ZagZig(UInt128 value) => (Int128)(value >> 1) ^ -(Int128)(value & 1);

    private static int Put(byte[] buffer, int at, UInt128 value)
    {
        if (value <= ulong.MaxValue)
        {
            var small = (ulong)value;
            for (; small >= 0x80; small >>= 7)
                buffer[at++] = (byte)(small | 0x80);
            buffer[at++] = (byte)small;
            return at;
        }
        for (; value >= 0x80; value >>= 7)
            buffer[at++] = (byte)((byte)(value & 0x7f) | 0x80);
        buffer[at++] = (byte)value;
        return at;
    }

    private static UInt128 Take(ReadOnlySpan<byte> bytes, ref int at)
    {
        UInt128 value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = bytes[at++];
            value |= (UInt128)(b & 0x7fu) << shift;
            if (b < 0x80)
                return value;
        }
    }
}
