using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Targets;
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
            case RemainingTarget remaining:
                new RemainingTargets(snapshot, groups, ct).Read(remaining, periods, readout);
                break;
            case PeriodDays:
                for (var i = 0; i < readout.Exact.Length; i++)
                    readout.Exact[i] = periods[i % periods.Count].Days;
                break;
            case WorkingExposure working:
                ReadWorkingExposure(working.Measure, readout.Exact);
                break;
            case Payback:
                new PaybackScan(snapshot, groups, periods).Read(readout.Exact, readout.Found!);
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
            case Input input:
                if (input.Given is not { } given)
                    return Bind(input.Default, unit);
                var share = given / input.Unit.Scale();
                return _ => share;
            case Operation operation:
                var (left, right) = (Bind(operation.Left, unit), Bind(operation.Right, unit));
                return operation.Operator switch
                {
                    Operator.Plus => index => left(index) + right(index),
                    Operator.Minus => index => left(index) - right(index),
                    Operator.Times => index => left(index) * right(index),
                    Operator.Over => index => right(index) is { } divisor and not 0 ? left(index) / divisor : null,
                    Operator.Else => index => left(index) ?? right(index),
                    Operator.Max => index => left(index) is { } a && right(index) is { } b ? Math.Max(a, b) : null,
                    Operator.Min => index => left(index) is { } a && right(index) is { } b ? Math.Min(a, b) : null,
                    _ => throw new InvalidOperationException($"No way to compute '{operation.Operator}' is known."),
                };
            default:
                throw new InvalidOperationException($"No way to compute '{formula}' is known.");
        }
    }

    private void ReadFlow(Flow flow, Readout readout)
    {
        var column = ColumnOf(flow.Measure, flow.Part, flow.PricedOnly);
        var allowed = AllowedSets(flow);
        if (groups.IsTotal && allowed is null && readout.Found is null && flow.Buckets == BucketRange.All)
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
        if (measure is { Kind: MeasureKind.Stock, Unit: MeasureUnit.MoneyMicros } && part != CellPart.Count
            && snapshot.Money.HasForeign(measure))
        {
            ReadForeignLevel(measure, part, border, result);
            return;
        }
        var column = ColumnOf(measure, part, pricedOnly: false);
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

    // A stock is worth what it would be worth on the day asked: each currency's level at the rate of the day before the border.
    private void ReadForeignLevel(Measure measure, CellPart part, Func<Period, int> border, Int128[] result)
    {
        var column = snapshot.Column(measure);
        var (currencies, rates) = (snapshot.Money.ForeignSets, snapshot.Money.Rates);
        var groupOf = groups.GroupOf;
        var levels = new Dictionary<(int Group, string Currency), Int128>();
        var i = 0;
        for (var k = 0; k < periods.Count; k++)
        {
            var day = border(periods[k]);
            for (var end = column.FirstAtOrAfter(day); i < end; i++)
            {
                var group = groupOf.IsEmpty ? 0 : groupOf[column.Dims[i]];
                if (group < 0)
                    continue;
                var key = (group, currencies[column.Dims[i]] ?? "");
                levels[key] = levels.GetValueOrDefault(key) + PartOf(column, i, part);
            }
            foreach (var ((group, currency), level) in levels)
                result[group * periods.Count + k] += currency.Length == 0 ? level : rates.Convert(level, currency, day - 1) ?? 0;
        }
    }

    // Σ count × working days in [max(day, S), E) over all cells before E.
    private void ReadWorkingExposure(Measure measure, Int128[] result)
    {
        var column = snapshot.Column(measure);
        var groupOf = groups.GroupOf;
        for (var k = 0; k < periods.Count; k++)
        {
            var (s, e) = (periods[k].From, periods[k].To);
            var left = new int[e - s + 1];
            for (var d = e - 1; d >= s; d--)
                left[d - s] = left[d - s + 1] + (snapshot.Settings.IsWorkingDay(d) ? 1 : 0);
            var end = column.FirstAtOrAfter(e);
            for (var i = 0; i < end; i++)
                if ((groupOf.IsEmpty ? 0 : groupOf[column.Dims[i]]) is >= 0 and var group)
                    result[group * periods.Count + k] += (Int128)column.Counts[i] * left[Math.Max(column.Days[i] - s, 0)];
        }
    }

    // Amounts are read in the tenant's currency, counts as they are.
    private MeasureColumn ColumnOf(Measure measure, CellPart part, bool pricedOnly) =>
        measure is { Unit: MeasureUnit.MoneyMicros, Kind: MeasureKind.Flow } && (part != CellPart.Count || pricedOnly)
            ? snapshot.Money.Flow(measure) : snapshot.Column(measure);

    private bool[]? AllowedSets(Flow flow)
    {
        if (flow.Categories == ValueSet.All && flow.Only is null)
            return null;
        var categories = snapshot.Settings.CacCategories;
        var allowed = new bool[snapshot.DimensionSets.Count];
        for (var i = 0; i < allowed.Length; i++)
        {
            var set = snapshot.DimensionSets[i];
            allowed[i] = flow.Only?.Holds(set) != false && (flow.Categories == ValueSet.All
                || set[Dimensions.Category] is { } category && categories.Contains(category));
        }
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
