namespace CrmKpi.Domain.Statistics;

/// <summary>
/// Student's t distribution. The distribution function is the regularised incomplete beta function
/// (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.1), evaluated by its continued fraction (26.5.8) with
/// Lentz's method; ln Γ by Lanczos' series (SIAM J. Numer. Anal. B 1, 1964; g = 7, nine terms).
/// </summary>
public static class StudentT
{
    private const int ContinuedFractionStepsMax = 300;
    private const int BisectionSteps = 80;

    /// <summary>Beyond this many degrees of freedom the first terms of the expansion around the normal are exact to 1e-12.</summary>
    private const double LargeDegrees = 10_000;

    private static readonly double[] Lanczos =
    [
        0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
        12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
    ];

    /// <summary>P(T ≤ <paramref name="t"/>) with <paramref name="degrees"/> degrees of freedom.</summary>
    public static double Distribution(double t, double degrees)
    {
        var tail = 0.5 * IncompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
        return t > 0 ? 1 - tail : tail;
    }

    /// <summary>The t whose distribution function is <paramref name="p"/>, 0.5 ≤ p &lt; 1.</summary>
    public static double Quantile(double p, double degrees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degrees, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(p, 0.5);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(p, 1);
        if (degrees > LargeDegrees && p == 0.975)
        {
            // Abramowitz and Stegun 26.7.5: z + (z³ + z) ÷ 4ν + (5z⁵ + 16z³ + 3z) ÷ 96ν².
            const double z = Interval.NormalQuantile;
            const double z3 = z * z * z;
            return z + (z3 + z) / (4 * degrees) + (5 * z3 * z * z + 16 * z3 + 3 * z) / (96 * degrees * degrees);
        }
        double low = 0, high = 1;
        while (Distribution(high, degrees) < p)
            high *= 2;
        for (var i = 0; i < BisectionSteps && high - low > 1e-13 * high; i++)
        {
            var middle = (low + high) / 2;
            if (Distribution(middle, degrees) < p)
                low = middle;
            else
                high = middle;
        }
        return (low + high) / 2;
    }

    /// <summary>The regularised incomplete beta function I_x(a, b).</summary>
    private static double IncompleteBeta(double x, double a, double b)
    {
        if (x <= 0)
            return 0;
        if (x >= 1)
            return 1;
        var front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + a * Math.Log(x) + b * Math.Log(1 - x));
        // The fraction converges quickly below the mean of the distribution; beyond it the mirrored one does.
        return x < (a + 1) / (a + b + 2)
            ? front * ContinuedFraction(x, a, b) / a
            : 1 - front * ContinuedFraction(1 - x, b, a) / b;
    }

    private static double ContinuedFraction(double x, double a, double b)
    {
        const double tiny = 1e-300;
        double c = 1, d = Guard(1 - (a + b) * x / (a + 1));
        d = 1 / d;
        var result = d;
        for (var m = 1; m <= ContinuedFractionStepsMax; m++)
        {
            var even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / Guard(1 + even * d);
            c = Guard(1 + even / c);
            result *= d * c;
            var odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / Guard(1 + odd * d);
            c = Guard(1 + odd / c);
            var step = d * c;
            result *= step;
            if (Math.Abs(step - 1) < 1e-15)
                break;
        }
        return result;

        static double Guard(double value) => Math.Abs(value) < tiny ? tiny : value;
    }

    private static double LogGamma(double x)
    {
        x -= 1;
        var sum = Lanczos[0];
        for (var i = 1; i < Lanczos.Length; i++)
            sum += Lanczos[i] / (x + i);
        var t = x + 7.5;
        return 0.5 * Math.Log(2 * Math.PI) + (x + 0.5) * Math.Log(t) - t + Math.Log(sum);
    }
}
