using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Kpis.Roi;

/// <summary>Which benefits count.</summary>
public enum BenefitSource
{
    /// <summary>Those that were recorded.</summary>
    Recorded,

    /// <summary>Those that follow from how KPIs changed since the baseline.</summary>
    Derived,

    /// <summary>Both together.</summary>
    Both,
}

/// <summary>A checked question for the return on the CRM of one tenant.</summary>
/// <param name="Period">In tenant days.</param>
/// <param name="Baseline">The period before the CRM; null = none is known.</param>
/// <param name="Given">Values of inputs that go before those of the data, by <see cref="RoiInputs.Names"/>.</param>
public sealed record RoiQuery(
    Period Period, Period? Baseline, BenefitSource Source, IReadOnlyDictionary<string, decimal> Given, DateOnly Today,
    Language Language)
{
    internal static KpiOutput Roi { get; } = Catalogue.Resolve("roi")!;

    /// <summary>What the snapshot must hold.</summary>
    public static IReadOnlyCollection<Measure> Measures { get; } =
        [.. RoiInputs.Measures.Concat(Roi.Formula.Measures).Append(Cube.Measures.FxRate).Distinct()];
}

/// <summary>An amount of one category.</summary>
/// <param name="Category">Null = none was named.</param>
public sealed record CategoryAmount(string? Category, decimal Amount);

/// <summary>A calendar month of the period, cut to it.</summary>
/// <param name="CumulativeCost">All costs so far, those before the period included.</param>
/// <param name="CumulativeBenefit">Likewise the benefits that count.</param>
public sealed record RoiMonth(
    PeriodBucket Bucket, decimal Cost, decimal Benefit, decimal CumulativeCost, decimal CumulativeBenefit);

/// <summary>What the CRM cost and brought in a period.</summary>
/// <param name="Start">The day from which months of payback are counted; null without a launch and costs.</param>
/// <param name="Recorded">Recorded benefits by category, whether they count or not.</param>
/// <param name="Derived">Benefits by how KPIs changed, whether they count or not.</param>
/// <param name="Benefit">Of the benefits those that count.</param>
/// <param name="Percent">(Benefit − cost) ÷ cost; null without costs.</param>
/// <param name="Before">Cost and benefit of all time before the period.</param>
public sealed record RoiAnswer(
    RoiQuery Query, DateOnly? Start, decimal Cost, decimal Benefit, decimal? Percent, PaybackTime? Payback,
    IReadOnlyList<CategoryAmount> Costs, IReadOnlyList<CategoryAmount> Recorded, IReadOnlyList<Derivation> Derived,
    (decimal Cost, decimal Benefit) Before, IReadOnlyList<RoiMonth> Months, IReadOnlyList<KpiWarning> Warnings);
