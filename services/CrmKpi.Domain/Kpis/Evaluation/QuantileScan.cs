using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Statistics;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>Quantiles per group and period: the cells of a period, sorted by group and bucket, then walked once.</summary>
internal readonly ref struct QuantileScan(MeasureColumn column, GroupMap groups, IReadOnlyList<Period> periods)
{
    public void Read(double q, double?[] result)
    {
        for (var k = 0; k < periods.Count; k++)
        {
            var start = column.FirstAtOrAfter(periods[k].From);
            var length = column.FirstAtOrAfter(periods[k].To) - start;
            var keys = new long[length];
            var counts = new long[length];
            var used = 0;
            for (var i = start; i < start + length; i++)
            {
                var group = groups.IsTotal ? 0 : groups.GroupOf[column.Dims[i]];
                if (group < 0)
                    continue;
                // The sign bit is flipped, so that negative buckets sort before positive ones.
                keys[used] = (long)group << 32 | (uint)column.Buckets[i] ^ 0x8000_0000u;
                counts[used++] = column.Counts[i];
            }
            Array.Sort(keys, counts, 0, used);
            Walk(keys.AsSpan(0, used), counts.AsSpan(0, used), q, k, result);
        }
    }

    private void Walk(Span<long> keys, Span<long> counts, double q, int period, double?[] result)
    {
        var buckets = new int[keys.Length];
        for (var i = 0; i < keys.Length; i++)
            buckets[i] = (int)((uint)keys[i] ^ 0x8000_0000u);
        for (var from = 0; from < keys.Length;)
        {
            var group = (int)(keys[from] >> 32);
            var to = from;
            while (to < keys.Length && keys[to] >> 32 == group)
                to++;
            result[group * periods.Count + period] =
                HistogramQuantile.Of(buckets.AsSpan(from..to), counts[from..to], q);
            from = to;
        }
    }
}
