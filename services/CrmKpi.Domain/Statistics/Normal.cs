namespace CrmKpi.Domain.Statistics;

/// <summary>
/// The tails of the standard normal distribution: near 0 by the power series of Abramowitz and Stegun, Handbook of Mathematical
/// Functions, 26.2.11, further out by the continued fraction 26.2.14, evaluated from its far end.
/// </summary>
public static class Normal
{
    private const double SeriesUpTo = 3;
    private const int FractionSteps = 100;

    /// <summary>P(|Z| ≥ |<paramref name="z"/>|).</summary>
    public static double TwoSided(double z)
    {
        z = Math.Abs(z);
        var density = Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
        return z < SeriesUpTo ? 1 - 2 * density * Series(z) : 2 * density / Fraction(z);
    }

    // z + z³/3 + z⁵/(3·5) + …
    private static double Series(double z)
    {
        double sum = z, term = z;
        for (var odd = 3; term > sum * 1e-17; odd += 2)
        {
            term *= z * z / odd;
            sum += term;
        }
        return sum;
    }

    // z + 1/(z + 2/(z + 3/(z + …
    private static double Fraction(double z)
    {
        var result = z;
        for (var k = FractionSteps; k >= 1; k--)
            result = z + k / result;
        return result;
    }
}
