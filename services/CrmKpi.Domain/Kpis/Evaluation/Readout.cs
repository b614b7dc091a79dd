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
    public bool[]? Found { get; } = reading is Flow { Categories: not ValueSet.All } ? new bool[length] : null;

    /// <summary>True when nothing was found at an index.</summary>
    public bool IsNothing(int index) => Exact[index] == 0 && Quantiles?[index] is null;

    /// <summary>The value at an index in the units of formulas, durations in <paramref name="unit"/>'s time unit.</summary>
    public decimal? Value(int index, KpiUnit unit)
    {
        if (Found is { } found && !found[index])
            return null;
        var divisor = Divisor(unit);
        if (Quantiles is { } quantiles)
            return quantiles[index] is { } q ? (decimal)q / (decimal)divisor : null;
        var raw = Exact[index];
        // In two steps, because a sum of squared milliseconds can be beyond the range of decimals before it is divided.
        return divisor == 1 ? (decimal)raw : (decimal)(raw / divisor) + (decimal)(raw % divisor) / (decimal)divisor;
    }

    private Int128 Divisor(KpiUnit unit)
    {
        var (measure, part) = reading switch
        {
            Flow f => (f.Measure, f.Part),
            Level l => (l.Measure, l.Part),
            CumulatedTo c => (c.Measure, c.Part),
            Quantile q => (q.Measure, CellPart.Sum),
            _ => (null, CellPart.Count),
        };
        Int128 one = measure?.Unit switch
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
