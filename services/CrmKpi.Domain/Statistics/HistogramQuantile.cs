using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Statistics;

/// <summary>Quantiles of the values behind a log-bucket histogram, within 1 %.</summary>
public static class HistogramQuantile
{
    /// <summary>
    /// The quantile by linear interpolation between order statistics at position q·(n−1), counted from 0: type 7 of
    /// R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996), which is
    /// what SQL's PERCENTILE_CONT and numpy compute. Each order statistic is taken as the middle of its bucket.
    /// </summary>
    /// <param name="buckets">Ascending; one may stand several times.</param>
    /// <param name="counts">Per bucket.</param>
    /// <returns>In the unit of the values; null when there are none.</returns>
    public static double? Of(ReadOnlySpan<int> buckets, ReadOnlySpan<long> counts, double q)
    {
        long n = 0;
        foreach (var count in counts)
            n += count;
        if (n <= 0)
            return null;
        var position = q * (n - 1);
        var lower = (long)Math.Floor(position);
        var low = Histogram.MiddleOf(buckets[IndexOf(counts, lower)]);
        if (position == lower)
            return low;
        var high = Histogram.MiddleOf(buckets[IndexOf(counts, lower + 1)]);
        return low + (high - low) * (position - lower);
    }

    private static int IndexOf(ReadOnlySpan<long> counts, long rank)
    {
        long before = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            before += counts[i];
            if (rank < before)
                return i;
        }
        return counts.Length - 1;
    }
}
