using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>
/// What a reading gave per group and period, in the raw unit of the measure. The index is group × periods + period.
/// </summary>
internal sealed class Readout(Reading reading, int length)
{
    /// <summary>Exact results of everything but quantiles.</summary>
    public Int128[] Exact { get; } = new Int128[length];

    /// <summary>Quantiles.</summary>
    public double?[]? Quantiles { get; } = reading is Quantile ? new double?[length] : null;

    /// <summary>Where there is a cell at all, for readings that are null without one.</summary>
    public bool[]? Found { get; } =
        reading is Flow { Categories: not ValueSet.All } or Flow { NullWithoutCells: true } or RemainingTarget or Payback
            ? new bool[length] : null;

    /// <summary>True when nothing was found at an index.</summary>
    public bool IsNothing(int index) => Exact[index] == 0 && Quantiles?[index] is null;

    /// <summary>The value at an index in the units of formulas, durations in <paramref name="unit"/>'s time unit.</summary>
    public decimal? Value(int index, KpiUnit unit)
    {
        if (Found is { } found && !found[index])
            return null;
        var divisor = Divisor(reading, unit);
        if (Quantiles is { } quantiles)
            return quantiles[index] is { } q ? (decimal)q / (decimal)divisor : null;
        return InUnits(Exact[index], divisor);
    }

    /// <summary>A raw number in the units of formulas.</summary>
    public static decimal InUnits(Int128 raw, Int128 divisor) =>
        // In two steps, because a sum of squared milliseconds can be beyond the range of decimals before it is divided.
        divisor == 1 ? (decimal)raw : (decimal)(raw / divisor) + (decimal)(raw % divisor) / (decimal)divisor;

    /// <summary>The raw units in one unit of formulas.</summary>
    public static Int128 Divisor(Reading reading, KpiUnit unit) => reading switch
    {
        Flow f => Divisor(f.Measure, f.Part, unit),
        Level l => Divisor(l.Measure, l.Part, unit),
        CumulatedTo c => Divisor(c.Measure, c.Part, unit),
        Quantile q => Divisor(q.Measure, CellPart.Sum, unit),
        RemainingTarget => Money.MicrosPerUnit,
        _ => 1,
    };

    /// <summary>The raw units of a measure's part in one unit of formulas.</summary>
    public static Int128 Divisor(Measure measure, CellPart part, KpiUnit unit)
    {
        Int128 one = measure.Unit switch
        {
            MeasureUnit.MoneyMicros or MeasureUnit.ScoreMicros => part == CellPart.Squares ? 100 : Money.MicrosPerUnit,
            MeasureUnit.Milliseconds => unit.Milliseconds(),
            _ => 1,
        };
        return part switch
        {
            CellPart.Count => 1,
            CellPart.Squares => one * one,
            _ => one,
        };
    }
}
