using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>
/// Reads the leaves of formulas from a snapshot for all groups and periods at once; each leaf is read once however many
/// KPIs share it. Without filter and groups flows and levels come from running totals, else each is one pass over
/// the days concerned.
/// </summary>
/// <param name="periods">Both borders never go back from one period to the next.</param>
internal sealed class CubeReader(
    CubeSnapshot snapshot, GroupMap groups, IReadOnlyList<Period> periods, CancellationToken ct)
{
    private readonly Dictionary<Reading, Readout> _readouts = [];

    /// <summary>The readout of a leaf.</summary>
    public Readout Read(Reading reading)
    {
        if (_readouts.TryGetValue(reading, out var known))
            return known;
        ct.ThrowIfCancellationRequested();
        var readout = new Readout(reading, groups.Keys.Count * periods.Count);
        switch (reading)
        {
            case Flow flow:
                ReadFlow(flow, readout);
                break;
            case Level { Edge: Edge.Start } level:
                ReadLevel(level.Measure, level.Part, p => p.From, readout.Exact);
                break;
            case Level level:
                ReadLevel(level.Measure, level.Part, p => p.To, readout.Exact);
                break;
            case CumulatedTo cumulated:
                ReadLevel(cumulated.Measure, cumulated.Part, p => p.To, readout.Exact);
                break;
            case Exposure exposure:
                ReadExposure(exposure.Measure, readout.Exact);
                break;
            case Pairs pairs:
                new PairSweep(snapshot.Column(pairs.Measure), groups, periods).Read(pairs.How, readout.Exact);
                break;
            case Quantile quantile:
                new QuantileScan(snapshot.Column(quantile.Measure), groups, periods).Read(quantile.Q, readout.Quantiles!);
                break;
            case DistinctValues distinct:
                ReadDistinct(distinct, readout.Exact);
                break;
            default:
                throw new InvalidOperationException($"No way to read '{reading}' is known.");
        }
        _readouts.Add(reading, readout);
        return readout;
    }

    /// <summary>A formula as a function of the index into readouts: group × periods + period.</summary>
    public Func<int, decimal?> Bind(Formula formula, KpiUnit unit)
    {
        switch (formula)
        {
            case Constant constant:
                return _ => constant.Value;
            case Reading reading:
                var readout = Read(reading);
                return index => readout.Value(index, unit);
            case Operation operation:
                var (left, right) = (Bind(operation.Left, unit), Bind(operation.Right, unit));
                return operation.Operator switch
                {
                    Operator.Plus => index => left(index) + right(index),
                    Operator.Minus => index => left(index) - right(index),
                    Operator.Times => index => left(index) * right(index),
                    Operator.Over => index => right(index) is { } divisor and not 0 ? left(index) / divisor : null,
                    Operator.Else => index => left(index) ?? right(index),
                    _ => throw new InvalidOperationException($"No way to compute '{operation.Operator}' is known."),
                };
            default:
                throw new InvalidOperationException($"No way to compute '{formula}' is known.");
        }
    }

    private void ReadFlow(Flow flow, Readout readout)
    {
        var column = snapshot.Column(flow.Measure);
        var allowed = flow.Categories == ValueSet.All ? null : AllowedCategories();
        if (groups.IsTotal && allowed is null && flow.Buckets == BucketRange.All)
        {
            for (var k = 0; k < periods.Count; k++)
                readout.Exact[k] = PartOf(column.Totals.Before(periods[k].To) + -column.Totals.Before(periods[k].From), flow.Part);
            return;
        }
        var groupOf = groups.GroupOf;
        for (var k = 0; k < periods.Count; k++)
        {
            var end = column.FirstAtOrAfter(periods[k].To);
            for (var i = column.FirstAtOrAfter(periods[k].From); i < end; i++)
            {
                var dims = column.Dims[i];
                var group = groupOf.IsEmpty ? 0 : groupOf[dims];
                var bucket = column.Buckets[i];
                if (group < 0 || bucket < flow.Buckets.From || bucket > flow.Buckets.To || allowed?[dims] == false)
                    continue;
                var index = group * periods.Count + k;
                readout.Exact[index] += PartOf(column, i, flow.Part);
                if (readout.Found is { } found)
                    found[index] = true;
            }
        }
    }

    private void ReadLevel(Measure measure, CellPart part, Func<Period, int> border, Int128[] result)
    {
        var column = snapshot.Column(measure);
        if (groups.IsTotal)
        {
            for (var k = 0; k < periods.Count; k++)
                result[k] = PartOf(column.Totals.Before(border(periods[k])), part);
            return;
        }
        var groupOf = groups.GroupOf;
        var level = new Int128[groups.Keys.Count];
        var i = 0;
        for (var k = 0; k < periods.Count; k++)
        {
            var end = column.FirstAtOrAfter(border(periods[k]));
            for (; i < end; i++)
                if (groupOf[column.Dims[i]] is >= 0 and var group)
                    level[group] += PartOf(column, i, part);
            for (var g = 0; g < level.Length; g++)
                result[g * periods.Count + k] = level[g];
        }
    }

    // With C(T) = Σ count and D(T) = Σ count × day over the days before T:
    // Σ count × (E − max(day, S)) = C(S)·(E − S) + (C(E) − C(S))·E − (D(E) − D(S)).
    private void ReadExposure(Measure measure, Int128[] result)
    {
        var column = snapshot.Column(measure);
        if (groups.IsTotal)
        {
            for (var k = 0; k < periods.Count; k++)
            {
                var (s, e) = (periods[k].From, periods[k].To);
                var before = column.Totals.Before(s).Count;
                result[k] = (Int128)before * (e - s) + (Int128)(column.Totals.Before(e).Count - before) * e
                    - (column.Totals.CountTimesDayBefore(e) - column.Totals.CountTimesDayBefore(s));
            }
            return;
        }
        ReadLevel(measure, CellPart.Count, p => p.From, result);
        var groupOf = groups.GroupOf;
        for (var k = 0; k < periods.Count; k++)
        {
            for (var g = 0; g < groups.Keys.Count; g++)
                result[g * periods.Count + k] *= periods[k].Days;
            var end = column.FirstAtOrAfter(periods[k].To);
            for (var i = column.FirstAtOrAfter(periods[k].From); i < end; i++)
                if (groupOf[column.Dims[i]] is >= 0 and var group)
                    result[group * periods.Count + k] += (Int128)column.Counts[i] * (periods[k].To - column.Days[i]);
        }
    }

    private void ReadDistinct(DistinctValues distinct, Int128[] result)
    {
        var valueOf = GroupMap.Of(snapshot.DimensionSets, [distinct.Dimension], []);
        var groupOf = groups.GroupOf;
        var seen = new HashSet<(int Group, int Value)>();
        for (var k = 0; k < periods.Count; k++)
        {
            seen.Clear();
            foreach (var column in distinct.In.Select(snapshot.Column))
            {
                var end = column.FirstAtOrAfter(periods[k].To);
                for (var i = column.FirstAtOrAfter(periods[k].From); i < end; i++)
                {
                    var dims = column.Dims[i];
                    var group = groupOf.IsEmpty ? 0 : groupOf[dims];
                    var value = valueOf.GroupOf[dims];
                    if (group >= 0 && valueOf.Keys[value][0] is not null && seen.Add((group, value)))
                        result[group * periods.Count + k]++;
                }
            }
        }
    }

    private bool[] AllowedCategories()
    {
        var categories = snapshot.Settings.CacCategories;
        var allowed = new bool[snapshot.DimensionSets.Count];
        for (var i = 0; i < allowed.Length; i++)
            allowed[i] = snapshot.DimensionSets[i][Dimensions.Category] is { } category && categories.Contains(category);
        return allowed;
    }

    private static Int128 PartOf(CellValue cell, CellPart part) => part switch
    {
        CellPart.Count => cell.Count,
        CellPart.Sum => cell.Sum,
        _ => cell.SumOfSquares,
    };

    private static Int128 PartOf(MeasureColumn column, int index, CellPart part) => part switch
    {
        CellPart.Count => column.Counts[index],
        CellPart.Sum => column.Sums[index],
        _ => column.Squares[index],
    };
}
