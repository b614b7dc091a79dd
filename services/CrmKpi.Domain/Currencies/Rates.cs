using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Currencies;

/// <summary>
/// The rates into the tenant's currency, as the cube has them. A day without a rate takes that of the last day before that
/// has one, at most <see cref="AgeDaysMax"/> days back: banks set none on holidays.
/// </summary>
public sealed class Rates
{
    /// <summary>How old a rate may be.</summary>
    public const int AgeDaysMax = 10;

    /// <summary>The bucket of rates from the currency into the tenant's.</summary>
    internal const int Direct = 0;

    /// <summary>The bucket of rates from the tenant's currency into the other.</summary>
    internal const int Inverse = 1;

    private const long NanosPerUnit = 1_000_000_000;

    private readonly Dictionary<string, SortedList<int, Rate>> _byCurrency = new(StringComparer.Ordinal);

    internal Rates(CubeSnapshot snapshot)
    {
        if (!snapshot.Columns.TryGetValue(Measures.FxRate.Id, out var column))
            return;
        for (var i = 0; i < column.Length; i++)
        {
            if (snapshot.DimensionSets[column.Dims[i]][Dimensions.Currency] is not { } currency)
                continue;
            if (!_byCurrency.TryGetValue(currency, out var days))
                _byCurrency.Add(currency, days = []);
            // The buckets are sorted: a direct rate comes first and stays.
            days.TryAdd(column.Days[i], new Rate((long)column.Sums[i], column.Buckets[i] == Inverse));
        }
    }

    /// <summary>An amount in the tenant's currency at the rate of a day; null when there is no rate.</summary>
    public Int128? Convert(Int128 amount, string currency, int day)
    {
        if (Find(currency, day) is not { } rate)
            return null;
        return rate.IsInverse
            ? DivideRounded(checked(amount * NanosPerUnit), rate.Nanos)
            : DivideRounded(checked(amount * rate.Nanos), NanosPerUnit);
    }

    /// <summary>The rate of a day: units of the tenant's currency for one of the other; null when there is none.</summary>
    public decimal? On(string currency, int day) => Find(currency, day) is { } rate
        ? rate.IsInverse ? (decimal)NanosPerUnit / rate.Nanos : rate.Nanos / (decimal)NanosPerUnit
        : null;

    private Rate? Find(string currency, int day)
    {
        if (!_byCurrency.TryGetValue(currency, out var days))
            return null;
        var (low, high) = (0, days.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (days.Keys[middle] <= day)
                low = middle + 1;
            else
                high = middle;
        }
        return low > 0 && days.Keys[low - 1] >= day - AgeDaysMax ? days.Values[low - 1] : null;
    }

    // Half to even.
    private static Int128 DivideRounded(Int128 value, long divisor)
    {
        var (quotient, rest) = Int128.DivRem(value, divisor);
        var twice = Int128.Abs(rest) * 2;
        if (twice > divisor || (twice == divisor && !Int128.IsEvenInteger(quotient)))
            quotient += Int128.Sign(value);
        return quotient;
    }

    private readonly record struct Rate(long Nanos, bool IsInverse);
}
