namespace CrmKpi.Domain.Cube;

/// <summary>
/// Running totals of a column by day over all dimension sets and buckets, so that a flow or a level without filter and groups
/// costs two binary searches.
/// </summary>
public sealed class ColumnTotals
{
    private readonly int[] _days;
    private readonly CellValue[] _before;
    private readonly Int128[] _countTimesDay;

    private ColumnTotals(int[] days, CellValue[] before, Int128[] countTimesDay) =>
        (_days, _before, _countTimesDay) = (days, before, countTimesDay);

    /// <summary>Σ of the cells of all days before <paramref name="day"/>.</summary>
    public CellValue Before(int day) => _before[IndexOf(day)];

    /// <summary>Σ count × day number of the cells of all days before <paramref name="day"/>.</summary>
    public Int128 CountTimesDayBefore(int day) => _countTimesDay[IndexOf(day)];

    internal static ColumnTotals Of(MeasureColumn column)
    {
        var days = new List<int>();
        var before = new List<CellValue> { default };
        var weighted = new List<Int128> { 0 };
        for (var i = 0; i < column.Length; i++)
        {
            var day = column.Days[i];
            if (days.Count == 0 || days[^1] != day)
            {
                days.Add(day);
                before.Add(before[^1]);
                weighted.Add(weighted[^1]);
            }
            before[^1] += new CellValue(column.Counts[i], column.Sums[i], column.Squares[i]);
            weighted[^1] += (Int128)column.Counts[i] * day;
        }
        return new ColumnTotals([.. days], [.. before], [.. weighted]);
    }

    private int IndexOf(int day)
    {
        var found = Array.BinarySearch(_days, day);
        return found < 0 ? ~found : found;
    }
}
