using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;

namespace CrmKpi.ReadModels.Store;

/// <summary>A cell, or a change of one, as it is stored.</summary>
internal readonly record struct CellRow(CellKey Key, CellValue Value)
{
    /// <summary>
    /// The changes of a batch sorted by key, so that rows and index pages are touched in their order. Sets that the
    /// dictionary does not know get ids.
    /// </summary>
    public static CellRow[] Of(IReadOnlyCollection<KeyValuePair<CubeCell, CellValue>> cells, DimensionDictionary dimensions)
    {
        var rows = new CellRow[cells.Count];
        var next = 0;
        foreach (var (cell, value) in cells)
            rows[next++] = new CellRow(
                new CellKey(cell.Measure.Id, cell.Day, dimensions.IdOf(cell.Dims), cell.Bucket), value);
        Sort(rows);
        return rows;
    }

    /// <summary>Sorts by the primary key, through keys packed into one number each: comparing and moving rows costs more.</summary>
    public static void Sort(CellRow[] rows)
    {
        var keys = Array.ConvertAll(rows, static row => Packed(row.Key));
        Array.Sort(keys, rows);
    }

    /// <summary>16 bits of measure, 32 each of day, dimension set and bucket, whose sign bits are flipped to sort as numbers.</summary>
    private static UInt128 Packed(in CellKey key) => new(
        (ulong)(ushort)key.Measure << 32 | Flipped(key.Day), (ulong)Flipped(key.DimsId) << 32 | Flipped(key.Bucket));

    private static uint Flipped(int value) => (uint)value ^ 0x8000_0000;

    /// <summary>The order of the primary key.</summary>
    public static int Compare(in CellKey a, in CellKey b)
    {
        if (a.Measure != b.Measure)
            return a.Measure.CompareTo(b.Measure);
        if (a.Day != b.Day)
            return a.Day.CompareTo(b.Day);
        return a.DimsId != b.DimsId ? a.DimsId.CompareTo(b.DimsId) : a.Bucket.CompareTo(b.Bucket);
    }
}
