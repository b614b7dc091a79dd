namespace CrmKpi.Domain.Cube;

/// <summary>How the cells of a measure are read for a period P = [from, to) of tenant-local days.</summary>
public enum MeasureKind
{
    /// <summary>Something that happens on a day: the sum over the days of P. The bucket is 0 or a plain small integer.</summary>
    Flow,

    /// <summary>A level: +x on the day it begins, −x on the day it ends; the level at the start of day T is the sum of
    /// all cells before T.</summary>
    Stock,

    /// <summary>A flow of single values (milliseconds) whose bucket is <see cref="Histogram.BucketOf"/>, for quantiles.</summary>
    Distribution,

    /// <summary>
    /// A sum over pairs of days x ≤ y, kept as border contributions: the cell's day is y and its bucket is x as a
    /// day number (<see cref="Measure.NeverDay"/> stands for minus infinity). Read as Σ 1[x &lt; S]·1[y &lt; E]
    /// ("both") or Σ 1[x &lt; S]·1[S ≤ y &lt; E] ("within") for S = P.from, E = P.to.
    /// </summary>
    DayPairs,
}

/// <summary>What the sum of a measure's cells counts.</summary>
public enum MeasureUnit
{
    /// <summary>Only the count has a meaning.</summary>
    Count,

    /// <summary>Millionths of the tenant's currency unit (<see cref="Money"/>).</summary>
    MoneyMicros,

    /// <summary>Milliseconds.</summary>
    Milliseconds,

    /// <summary>Whole days.</summary>
    Days,

    /// <summary>Millionths of a score point.</summary>
    ScoreMicros,

    /// <summary>A plain number.</summary>
    Number,

    /// <summary>Billionths of a rate between two currencies.</summary>
    RateNanos,
}

/// <summary>
/// One additive quantity of the cube. <paramref name="Id"/> and <paramref name="Name"/> are a storage format: they stand
/// in the cells of every tenant and are never reused.
/// </summary>
/// <param name="Id">Number in the cells.</param>
/// <param name="Name">Name in formulas and in the API.</param>
/// <param name="Kind">How the cells are read.</param>
/// <param name="Unit">What the sum counts.</param>
/// <param name="Dimensions">The dimensions the cells carry, hence what a KPI over it can be split by.</param>
/// <param name="Meaning">One line: what is counted, and on which day.</param>
public sealed record Measure(
    short Id, string Name, MeasureKind Kind, MeasureUnit Unit, Dimensions Dimensions, string Meaning)
{
    /// <summary>The bucket of a day pair whose first day lies before all days.</summary>
    public const int NeverDay = int.MinValue;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
