using System.Numerics;

namespace CrmKpi.Domain.Cube;

/// <summary>
/// Log-linear buckets: every power of two is cut into 64 equal parts, so that the middle of a bucket is within 0.8 % of
/// any value in it (the construction of HdrHistogram, in integers only, hence the same on every machine). Values below 64
/// have a bucket each; negative values mirror the positive ones.
/// </summary>
public static class Histogram
{
    private const int SubBits = 6;
    private const int Sub = 1 << SubBits;

    /// <summary>The bucket of a value.</summary>
    public static int BucketOf(long value)
    {
        if (value < 0)
            return value == long.MinValue ? -BucketOf(long.MaxValue) : -BucketOf(-value);
        if (value < Sub)
            return (int)value;
        var shift = 63 - BitOperations.LeadingZeroCount((ulong)value) - SubBits;
        return shift * Sub + (int)(value >> shift);
    }

    /// <summary>The middle of a bucket, in the unit of the values.</summary>
    public static double MiddleOf(int bucket)
    {
        if (bucket < 0)
            return -MiddleOf(-bucket);
        if (bucket < 2 * Sub)
            return bucket;
        var shift = bucket / Sub - 1;
        var low = (double)((long)(bucket - shift * Sub) << shift);
        return low + ((1L << shift) - 1) / 2.0;
    }
}
