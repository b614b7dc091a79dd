using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Statistics;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>What a value is compared with.</summary>
/// <param name="Period">Null when it is a target.</param>
/// <param name="Value">In the unit of the KPI.</param>
/// <param name="Scaled">
/// True when the value is a sum over days of a period of another length, brought to the length of the period compared: value per
/// day × days. A sum has no sample, so nothing else of it is shown.
/// </param>
/// <param name="Difference">
/// Whether the two values differ by more than chance, in the unit of the KPI; null for what is no share and no mean, and when
/// the periods overlap.
/// </param>
public sealed record KpiComparison(Period? Period, KpiValue Value, bool Scaled = false, Difference? Difference = null);

/// <summary>How values of periods of unequal length are compared.</summary>
public static class PeriodLength
{
    /// <summary>Whether a formula is a plain sum over days: twice the time, twice the value.</summary>
    public static bool IsAdditive(this Formula formula) => formula switch
    {
        Flow => true,
        Operation { Operator: Operator.Plus or Operator.Minus } sum => sum.Left.IsAdditive() && sum.Right.IsAdditive(),
        Operation { Operator: Operator.Times, Left: Constant } product => product.Right.IsAdditive(),
        Operation { Operator: Operator.Times or Operator.Over, Right: Constant } scaled => scaled.Left.IsAdditive(),
        _ => false,
    };

    /// <summary>
    /// Whether a formula grows or shrinks with the length of its period without being a sum over days, so that nothing can be
    /// made of periods of unequal length: distinct customers or managers, and what changed against what was there at the start.
    /// </summary>
    public static bool DependsOnLength(this Formula formula) => !formula.IsAdditive()
        && (formula.Readings.Any(r => r is Pairs or DistinctValues)
            || (formula.Readings.Any(r => r is Level) && formula.Readings.Any(r => r is Flow)));

    /// <summary>A sum over the days of one period brought to the length of another.</summary>
    internal static KpiValue Scaled(this KpiValue value, Period from, Period to) =>
        new(value.Value * to.Days / from.Days, null, null, null, null);
}
