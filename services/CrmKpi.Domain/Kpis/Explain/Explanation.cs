using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;

namespace CrmKpi.Domain.Kpis.Explain;

/// <summary>The part of a ratio that a reading stands in; the whole of a formula that is no ratio.</summary>
[Flags]
public enum KpiPart
{
    None = 0,
    Numerator = 1,
    Denominator = 2,
    Whole = 4,
}

/// <summary>Amounts in another currency that were converted at one rate, or could not be.</summary>
/// <param name="Amount">In units of <paramref name="Currency"/>: exactly what the facts of that currency and day have.</param>
/// <param name="Rate">Units of the tenant's currency for one; null = no rate is known and nothing was added.</param>
/// <param name="Value">What they add, in units of the tenant's currency.</param>
public sealed record Conversion(string Currency, DateOnly Day, decimal Amount, decimal? Rate, decimal Value);

/// <summary>A leaf of a formula with its value.</summary>
/// <param name="Index">Its place among the formula's leaves.</param>
/// <param name="Part">Where it stands.</param>
/// <param name="Value">In the units of formulas; null = no data.</param>
/// <param name="Unit">The unit of the KPI, for its durations.</param>
/// <param name="Conversions">The first <see cref="Explainer.ConversionsMax"/> by currency and day.</param>
public sealed record ExplainedReading(
    int Index, Reading Reading, KpiPart Part, decimal? Value, KpiUnit Unit, IReadOnlyList<Conversion> Conversions)
{
    /// <summary>What a fact adds, in the units of formulas.</summary>
    public decimal Adds(Fact fact) => Readout.InUnits(fact.Adds, Readout.Divisor(Reading, Unit));

    /// <summary>A fact's own value, in the units of formulas; null when its measure only counts.</summary>
    public decimal? ValueOf(Fact fact) => fact.Measure.Unit == MeasureUnit.Count
        ? null : Readout.InUnits(fact.Value, Readout.Divisor(fact.Measure, CellPart.Sum, Unit));
}

/// <summary>How a KPI's value came about.</summary>
/// <param name="Formula">The formula as text.</param>
/// <param name="Calculation">The formula with the readings' values put in.</param>
/// <param name="Settings">The names of the tenant's settings that it depends on.</param>
public sealed record Explanation(
    KpiQuery Query, KpiOutput Output, KpiValue Value, string Formula, string Calculation,
    IReadOnlyList<ExplainedReading> Readings, IReadOnlyList<string> Settings, IReadOnlyList<KpiWarning> Warnings);
