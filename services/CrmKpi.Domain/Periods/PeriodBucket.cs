namespace CrmKpi.Domain.Periods;

/// <summary>A part of a period: one calendar unit, cut to the period.</summary>
/// <param name="Period">The days that lie in the period.</param>
/// <param name="Partial">True when the calendar unit is longer than that.</param>
public readonly record struct PeriodBucket(Period Period, bool Partial)
{
    /// <summary>The most parts that a period may be cut into.</summary>
    public const int BucketsMax = 1_200;

    /// <summary>Cuts a period into calendar units, in order; the parts are contiguous and cover it.</summary>
    /// <param name="fiscalStartMonth">First month of the fiscal year, 1 to 12.</param>
    /// <returns>Null when there would be more than <see cref="BucketsMax"/> parts.</returns>
    public static IReadOnlyList<PeriodBucket>? Cut(Period period, Grain grain, int fiscalStartMonth)
    {
        if (grain == Grain.None)
            return [new PeriodBucket(period, false)];
        var buckets = new List<PeriodBucket>();
        var start = Grains.StartOf(grain, period.FromDate, fiscalStartMonth);
        while (start.DayNumber < period.To)
        {
            if (buckets.Count == BucketsMax)
                return null;
            var next = Grains.NextStart(grain, start);
            var cut = new Period(Math.Max(start.DayNumber, period.From), Math.Min(next.DayNumber, period.To));
            buckets.Add(new PeriodBucket(cut, cut.From != start.DayNumber || cut.To != next.DayNumber));
            start = next;
        }
        return buckets;
    }
}
