using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Statistics;

namespace CrmKpi.Domain.Tests.Statistics;

public sealed class HistogramQuantileTests
{
    [Theory]
    [InlineData(0.5, 2.5)] // position 1.5: between the second and the third
    [InlineData(0.9, 3.7)]
    [InlineData(0.0, 1.0)]
    [InlineData(1.0, 4.0)]
    public void Small_values_are_exact(double q, double expected) =>
        Assert.Equal(expected, HistogramQuantile.Of([1, 2, 3, 4], [1, 1, 1, 1], q)!.Value, 12);

    [Fact]
    public void No_values_no_quantile() => Assert.Null(HistogramQuantile.Of([], [], 0.5));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Quantiles_are_within_one_percent_of_the_exact_ones(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 50; round++)
        {
            var values = Enumerable.Range(0, 1 + random.Next(300))
                .Select(_ => (long)Math.Exp(random.NextDouble() * 25) - (random.Next(20) == 0 ? 1_000_000 : 0))
                .Order().ToArray();
            var cells = values.GroupBy(Histogram.BucketOf).OrderBy(g => g.Key).ToArray();
            int[] buckets = [.. cells.Select(c => c.Key)];
            long[] counts = [.. cells.Select(c => c.LongCount())];
            foreach (var q in new[] { 0.5, 0.9, 0.25 })
            {
                var position = q * (values.Length - 1);
                var (low, high) = (values[(int)Math.Floor(position)], values[(int)Math.Ceiling(position)]);
                var exact = low + (high - low) * (position - Math.Floor(position));
                // Interpolating between a negative and a positive neighbour can cancel: the error is relative to them.
                var scale = Math.Max(Math.Abs(low), Math.Abs(high));
                Assert.InRange(HistogramQuantile.Of(buckets, counts, q)!.Value, exact - 0.01 * scale, exact + 0.01 * scale);
            }
        }
    }
}
