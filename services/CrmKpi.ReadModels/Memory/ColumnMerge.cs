using CrmKpi.Domain.Cube;
using CrmKpi.ReadModels.Store;

namespace CrmKpi.ReadModels.Memory;

/// <summary>Adds changes to a column: what lies between two changed cells is copied in one piece.</summary>
internal static class ColumnMerge
{
    /// <param name="column">Stays as it is.</param>
    /// <param name="changes">Of its measure, sorted by key, each key once.</param>
    public static MeasureColumn Apply(MeasureColumn column, ReadOnlySpan<CellRow> changes)
    {
        var merged = new ColumnBuilder(column.Length + changes.Length);
        var copied = 0;
        foreach (var (key, value) in changes)
        {
            var at = Find(column, copied, key);
            merged.AddRange(column, copied, at);
            copied = at;
            if (at < column.Length && column.Days[at] == key.Day && column.Dims[at] == key.DimsId
                && column.Buckets[at] == key.Bucket)
            {
                merged.Add(key.Day, key.DimsId, key.Bucket,
                    new CellValue(column.Counts[at], column.Sums[at], column.Squares[at]) + value);
                copied++;
            }
            else
                merged.Add(key.Day, key.DimsId, key.Bucket, value);
        }
        merged.AddRange(column, copied, column.Length);
        return merged.Build(column.Measure);
    }

    /// <summary>The first cell from <paramref name="low"/> on that is not before the key.</summary>
    private static int Find(MeasureColumn column, int low, in CellKey key)
    {
        var high = column.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var at = new CellKey(key.Measure, column.Days[middle], column.Dims[middle], column.Buckets[middle]);
            if (CellRow.Compare(at, key) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
