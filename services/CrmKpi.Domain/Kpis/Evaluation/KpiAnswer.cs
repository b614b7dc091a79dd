using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Statistics;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>One number with what stands behind it.</summary>
/// <param name="Value">In the unit of the KPI; null = no data.</param>
/// <param name="Numerator">Exact, before any scale; null when the formula is not a ratio.</param>
/// <param name="Denominator">As the numerator.</param>
/// <param name="N">Number of observations; null when the value is no sample.</param>
/// <param name="Interval">95 % interval in the unit of the KPI.</param>
public sealed record KpiValue(
    decimal? Value, decimal? Numerator, decimal? Denominator, decimal? N, Interval? Interval)
{
    /// <summary>What each of the formula's inputs was, in its unit; null when it has none.</summary>
    public InputValues? Inputs { get; init; }
}

/// <summary>What the path to the KPI's target expects of a value.</summary>
/// <param name="Value">Expected at the end of the period.</param>
/// <param name="Attainment">In percent of what is expected, see <see cref="Targets.Attainment"/>; null without a value.</param>
public sealed record TargetPoint(decimal Value, decimal? Attainment);

/// <summary>The value of a part of the period, what it is compared with, and what was wanted of it.</summary>
public sealed record KpiPoint(
    PeriodBucket Bucket, KpiValue Value, KpiComparison? Comparison = null, TargetPoint? Target = null)
{
    /// <summary>Value − comparison, in the unit of the KPI.</summary>
    public decimal? Change => Value.Value - Comparison?.Value.Value;

    /// <summary>The change in percent of the comparison; null when that is 0.</summary>
    public decimal? ChangePercent =>
        Comparison?.Value.Value is { } before and not 0 ? Change * 100 / Math.Abs(before) : null;
}

/// <summary>The values of one group; its key has one value per dimension grouped by, null = blank.</summary>
public sealed record KpiSeries(IReadOnlyList<string?> Key, IReadOnlyList<KpiPoint> Points);

/// <summary>One KPI answered.</summary>
/// <param name="GroupCount">How many groups there are on all pages.</param>
public sealed record KpiResult(
    KpiOutput Output, IReadOnlyList<Cube.Dimensions> GroupBy, IReadOnlyList<KpiSeries> Series, int GroupCount);

/// <summary>Something the reader of an answer must know.</summary>
/// <param name="Code">Stable and machine-readable.</param>
/// <param name="Kpi">The KPI concerned; null = all.</param>
/// <param name="Detail">What it means, in the language of the query.</param>
public sealed record KpiWarning(string Code, string? Kpi, string Detail);

/// <summary>The answer to a query.</summary>
/// <param name="NextSkip">The groups to pass over for the next page; null on the last.</param>
public sealed record KpiAnswer(
    KpiQuery Query, Period? ComparedWith, IReadOnlyList<KpiResult> Kpis, IReadOnlyList<KpiWarning> Warnings, int? NextSkip);
