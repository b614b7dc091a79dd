namespace CrmKpi.Domain.Statistics;

/// <summary>A 95 % confidence interval.</summary>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>The confidence of all intervals.</summary>
    public const double Confidence = 0.95;

    /// <summary>The 97.5 % quantile of the standard normal distribution.</summary>
    public const double NormalQuantile = 1.959963984540054;

    private const double DecimalSafe = 1e28;

    /// <summary>
    /// Wilson's score interval of a share: (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) ÷ (1 + z²/n).
    /// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    /// </summary>
    /// <returns>Null when <paramref name="n"/> is 0 or the successes are not between 0 and n.</returns>
    public static Interval? OfShare(decimal successes, decimal n)
    {
        if (n <= 0 || successes < 0 || successes > n)
            return null;
        const double z2 = NormalQuantile * NormalQuantile;
        var size = (double)n;
        var p = (double)(successes / n);
        var middle = p + z2 / (2 * size);
        var half = NormalQuantile * Math.Sqrt(p * (1 - p) / size + z2 / (4 * size * size));
        var scale = 1 + z2 / size;
        // At the ends the exact bound is 0 or 1; rounding must not push it outside or leave a residue.
        var low = successes == 0 ? 0 : (middle - half) / scale;
        var high = successes == n ? 1 : (middle + half) / scale;
        return new Interval(low, high);
    }

    /// <summary>
    /// The interval of a mean: x̄ ± t(0.975, n−1) · s ÷ √n with s² = (Σx² − (Σx)²/n) ÷ (n−1).
    /// Source: Student, "The probable error of a mean", Biometrika 6 (1908).
    /// </summary>
    /// <param name="sum">Σx.</param>
    /// <param name="squares">Σx², in the square of the same unit.</param>
    /// <returns>Null when there are fewer than two values.</returns>
    public static Interval? OfMean(long n, decimal sum, decimal squares)
    {
        if (n < 2)
            return null;
        var mean = sum / n;
        // In decimals as far as they reach: the difference of two large sums would lose the digits that matter.
        var deviations = Math.Abs((double)mean * (double)sum) < DecimalSafe
            ? (double)(squares - mean * sum)
            : (double)squares - (double)mean * (double)sum;
        var half = StudentT.Quantile(0.975, n - 1) * Math.Sqrt(Math.Max(0, deviations) / (n - 1) / n);
        return new Interval((double)mean - half, (double)mean + half);
    }
}
