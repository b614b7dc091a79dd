using CrmKpi.Domain.Statistics;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>An output with its formulas bound to one reader; an index is group × periods + period.</summary>
internal sealed class BoundOutput
{
    private readonly Func<int, decimal?>? _sum;
    private readonly Func<int, decimal?>? _squares;
    private readonly (Func<int, decimal?> Value, decimal Scale)[] _inputs;

    public BoundOutput(CubeReader reader, KpiOutput output)
    {
        var unit = output.Kpi.Unit;
        Output = output;
        Value = reader.Bind(output.Formula, unit);
        if (output.Formula is Operation { Operator: Operator.Over } ratio)
            (Numerator, Denominator) = (reader.Bind(ratio.Left, unit), reader.Bind(ratio.Right, unit));
        if (output.Sample.N is { } n)
            N = reader.Bind(n, unit);
        if (output.Sample.Sum is { } sum)
            _sum = reader.Bind(sum, unit);
        if (output.Sample.Squares is { } squares)
            _squares = reader.Bind(squares, unit);
        _inputs = [.. output.Formula.Inputs.Select(i => (reader.Bind(i, unit), i.Unit.Scale()))];
        Readouts = [.. output.Formula.Readings.Select(reader.Read)];
    }

    public KpiOutput Output { get; }
    public Func<int, decimal?> Value { get; }
    public Func<int, decimal?>? Numerator { get; }
    public Func<int, decimal?>? Denominator { get; }
    public Func<int, decimal?>? N { get; }
    public IReadOnlyList<Readout> Readouts { get; }

    /// <summary>The value at an index, with its sample and its inputs.</summary>
    public KpiValue At(int index) => _inputs.Length == 0
        ? Sampled(index)
        : Sampled(index) with { Inputs = new(_inputs.Select(i => i.Value(index) * i.Scale)) };

    private KpiValue Sampled(int index)
    {
        var scale = Output.Kpi.Unit.Scale();
        var value = Value(index) * scale;
        var numerator = Numerator?.Invoke(index);
        var denominator = Denominator?.Invoke(index);
        switch (Output.Sample.Kind)
        {
            case SampleKind.Share when numerator is { } part && denominator is { } whole:
                return new(value, numerator, denominator, whole, Scaled(Interval.OfShare(part, whole), scale));
            case SampleKind.Mean when N!(index) is { } n:
                var interval = Interval.OfMean((long)n, _sum!(index) ?? 0, _squares!(index) ?? 0);
                return new(value, numerator, denominator, n, Scaled(interval, scale));
            case SampleKind.Size:
                return new(value, numerator, denominator, N!(index), null);
            default:
                return new(value, numerator, denominator, null, null);
        }
    }

    /// <summary>How the sample at an index differs from one of another reader, in the unit of the KPI.</summary>
    public Difference? DifferenceTo(int index, BoundOutput other, int otherIndex)
    {
        Difference? difference = Output.Sample.Kind switch
        {
            SampleKind.Share when Numerator?.Invoke(index) is { } part && Denominator?.Invoke(index) is { } whole
                && other.Numerator?.Invoke(otherIndex) is { } otherPart && other.Denominator?.Invoke(otherIndex) is { } otherWhole =>
                Difference.OfShares(part, whole, otherPart, otherWhole),
            SampleKind.Mean when N!(index) is { } n && other.N!(otherIndex) is { } otherN => Difference.OfMeans(
                (long)n, _sum!(index) ?? 0, _squares!(index) ?? 0,
                (long)otherN, other._sum!(otherIndex) ?? 0, other._squares!(otherIndex) ?? 0),
            _ => null,
        };
        return difference?.Times((double)Output.Kpi.Unit.Scale());
    }

    private static Interval? Scaled(Interval? interval, decimal scale) => interval is { } i
        ? new Interval(i.Low * (double)scale, i.High * (double)scale)
        : null;
}
