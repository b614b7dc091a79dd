using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>
/// Reads sums over day pairs (x = bucket, y = day) for ascending periods. "Both" counts the pairs left of and below the corner
/// (S, E); from one period to the next the corner only moves right and up, so each cell enters once, by whichever
/// border reaches it last: any number of periods costs two passes over the cells.
/// </summary>
internal readonly ref struct PairSweep(MeasureColumn column, GroupMap groups, IReadOnlyList<Period> periods)
{
    public void Read(PairReading how, Int128[] result)
    {
        if (how == PairReading.Within)
            ReadWithin(result);
        else
            ReadBoth(result);
    }

    private void ReadWithin(Int128[] result)
    {
        for (var k = 0; k < periods.Count; k++)
        {
            var end = column.FirstAtOrAfter(periods[k].To);
            for (var i = column.FirstAtOrAfter(periods[k].From); i < end; i++)
                if (column.Buckets[i] < periods[k].From && GroupOf(i) is >= 0 and var group)
                    result[group * periods.Count + k] += column.Counts[i];
        }
    }

    private void ReadBoth(Int128[] result)
    {
        var level = new Int128[groups.Keys.Count];
        // One period needs no cells in the order of x.
        var byX = periods.Count > 1 ? column.ByBucket : default;
        int cells = 0, cellsByX = 0;
        for (var k = 0; k < periods.Count; k++)
        {
            var (s, e) = (periods[k].From, periods[k].To);
            var reached = cells;
            // 1. Cells that E passes now and that lie before S.
            for (var end = column.FirstAtOrAfter(e); cells < end; cells++)
                if (column.Buckets[cells] < s && GroupOf(cells) is >= 0 and var group)
                    level[group] += column.Counts[cells];
            // 2. Cells that E had passed before and that S passes now.
            for (; cellsByX < byX.Length && column.Buckets[byX[cellsByX]] < s; cellsByX++)
                if (k > 0 && byX[cellsByX] < reached && GroupOf(byX[cellsByX]) is >= 0 and var group)
                    level[group] += column.Counts[byX[cellsByX]];
            for (var g = 0; g < level.Length; g++)
                result[g * periods.Count + k] = level[g];
        }
    }

    private int GroupOf(int cell) => groups.IsTotal ? 0 : groups.GroupOf[column.Dims[cell]];
}
