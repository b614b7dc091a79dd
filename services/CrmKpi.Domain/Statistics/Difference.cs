namespace CrmKpi.Domain.Statistics;

/// <summary>How far two independent samples differ: first minus second.</summary>
/// <param name="P">The probability of a difference at least as large if there were none; two-sided.</param>
/// <param name="Interval">95 % interval of the difference.</param>
public readonly record struct Difference(double P, Interval Interval)
{
    /// <summary>A difference is significant when <see cref="P"/> is below this.</summary>
    public const double SignificantBelow = 0.05;

    // Below this share of the means a standard error is rounding: the data are constant.
    private const double ConstantBelow = 10 * 2.220446049250313e-16;
    private const double DecimalSafe = 1e28;

    /// <summary>Whether the difference is significant.</summary>
    public bool IsSignificant => P < SignificantBelow;

    /// <summary>
    /// Two shares: the z-test with pooled variance and without continuity correction; the interval is
    /// p₁ − p₂ ± z √(p₁(1−p₁)/n₁ + p₂(1−p₂)/n₂), within −1 and 1. As R's <c>prop.test(correct = FALSE)</c>.
    /// </summary>
    /// <returns>Null without observations, when a part is no part of its whole, and when both shares are 0 or both are 1.</returns>
    public static Difference? OfShares(decimal part1, decimal n1, decimal part2, decimal n2)
    {
        if (n1 <= 0 || n2 <= 0 || part1 < 0 || part2 < 0 || part1 > n1 || part2 > n2)
            return null;
        var pooled = (double)((part1 + part2) / (n1 + n2));
        if (pooled is 0 or 1)
            return null;
        var (p1, p2) = ((double)(part1 / n1), (double)(part2 / n2));
        var difference = (double)(part1 / n1 - part2 / n2);
        var z = difference / Math.Sqrt(pooled * (1 - pooled) * (1 / (double)n1 + 1 / (double)n2));
        var half = Interval.NormalQuantile * Math.Sqrt(p1 * (1 - p1) / (double)n1 + p2 * (1 - p2) / (double)n2);
        return new(Normal.TwoSided(z), new(Math.Max(-1, difference - half), Math.Min(1, difference + half)));
    }

    /// <summary>
    /// Two means with variances that may differ: B. L. Welch, "The generalization of 'Student's' problem when several different
    /// population variances are involved", Biometrika 34 (1947). As R's <c>t.test</c>.
    /// </summary>
    /// <param name="sum1">Σx of the first sample.</param>
    /// <param name="squares1">Σx² of the first sample.</param>
    /// <returns>Null when a sample has fewer than two values, and when both are constant.</returns>
    public static Difference? OfMeans(long n1, decimal sum1, decimal squares1, long n2, decimal sum2, decimal squares2)
    {
        if (n1 < 2 || n2 < 2)
            return null;
        var (mean1, mean2) = (sum1 / n1, sum2 / n2);
        var (v1, v2) = (VarianceOfMean(n1, sum1, squares1), VarianceOfMean(n2, sum2, squares2));
        var error = Math.Sqrt(v1 + v2);
        if (error < ConstantBelow * Math.Max(Math.Abs((double)mean1), Math.Abs((double)mean2)) || error == 0)
            return null;
        var degrees = (v1 + v2) * (v1 + v2) / (v1 * v1 / (n1 - 1) + v2 * v2 / (n2 - 1));
        var difference = (double)(mean1 - mean2);
        var half = StudentT.Quantile(0.975, Math.Max(1, degrees)) * error;
        return new(
            2 * StudentT.Distribution(-Math.Abs(difference / error), degrees), new(difference - half, difference + half));
    }

    /// <summary>This difference in another unit.</summary>
    public Difference Times(double scale) => new(P, new(Interval.Low * scale, Interval.High * scale));

    // s² ÷ n, in decimals as far as they reach: the difference of two large sums would lose the digits that matter.
    private static double VarianceOfMean(long n, decimal sum, decimal squares)
    {
        var mean = sum / n;
        var deviations = Math.Abs((double)mean * (double)sum) < DecimalSafe
            ? (double)(squares - mean * sum)
            : (double)squares - (double)mean * (double)sum;
        return Math.Max(0, deviations) / (n - 1) / n;
    }
}
