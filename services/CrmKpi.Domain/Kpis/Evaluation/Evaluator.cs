using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Statistics;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>The query asks for more values than <see cref="KpiQuery.PointsMax"/>.</summary>
public sealed class TooManyPointsException(int groups, int parts) : Exception(
    $"The query asks for {groups} groups times {parts} periods; at most {KpiQuery.PointsMax} values are answered at once. "
    + "Use a coarser grain, fewer dimensions or a filter.");

/// <summary>Answers queries from a snapshot. Pure.</summary>
public static class Evaluator
{
    /// <summary>Answers a query; the snapshot must hold <see cref="KpiQuery.Measures"/>.</summary>
    /// <exception cref="TooManyPointsException">More values than one answer may have.</exception>
    public static KpiAnswer Answer(CubeSnapshot snapshot, KpiQuery query, CancellationToken ct = default)
    {
        var buckets = PeriodBucket.Cut(query.Period, query.Grain, snapshot.Settings.FiscalYearStartMonth)
            ?? throw new TooManyPointsException(1, query.Period.Days);
        var frames = new Dictionary<string, Frame>();
        var results = query.Outputs.Select(output =>
        {
            var groupBy = query.GroupByOf(output);
            var key = string.Join(',', groupBy);
            if (!frames.TryGetValue(key, out var frame))
                frames.Add(key, frame = Frame.Of(snapshot, query, groupBy, buckets, ct));
            return frame.Result(output, groupBy);
        }).ToList();
        var more = results.Any(r => r.GroupCount > query.SkipGroups + query.TakeGroups);
        return new KpiAnswer(
            query, Comparison.Of(query.Period, query.Compare), results, Warnings.Of(snapshot, query, results),
            more ? query.SkipGroups + query.TakeGroups : null);
    }

    /// <summary>The value of an output at an index, with its sample.</summary>
    private static KpiValue ValueAt(Bound bound, int index)
    {
        var (output, scale) = (bound.Output, bound.Output.Kpi.Unit.Scale());
        var value = bound.Value(index) * scale;
        var numerator = bound.Numerator?.Invoke(index);
        var denominator = bound.Denominator?.Invoke(index);
        switch (output.Sample.Kind)
        {
            case SampleKind.Share when numerator is { } part && denominator is { } whole:
                return new(value, numerator, denominator, whole, Scaled(Interval.OfShare(part, whole), scale));
            case SampleKind.Mean when bound.N!(index) is { } n:
                var interval = Interval.OfMean((long)n, bound.Sum!(index) ?? 0, bound.Squares!(index) ?? 0);
                return new(value, numerator, denominator, n, Scaled(interval, scale));
            case SampleKind.Size:
                return new(value, numerator, denominator, bound.N!(index), null);
            default:
                return new(value, numerator, denominator, null, null);
        }
    }

    private static Interval? Scaled(Interval? interval, decimal scale) => interval is { } i
        ? new Interval(i.Low * (double)scale, i.High * (double)scale)
        : null;

    /// <summary>An output with its formulas bound to one reader.</summary>
    private sealed class Bound
    {
        public Bound(CubeReader reader, KpiOutput output)
        {
            var unit = output.Kpi.Unit;
            Output = output;
            Value = reader.Bind(output.Formula, unit);
            if (output.Formula is Operation { Operator: Operator.Over } ratio)
                (Numerator, Denominator) = (reader.Bind(ratio.Left, unit), reader.Bind(ratio.Right, unit));
            if (output.Sample.N is { } n)
                N = reader.Bind(n, unit);
            if (output.Sample.Sum is { } sum)
                Sum = reader.Bind(sum, unit);
            if (output.Sample.Squares is { } squares)
                Squares = reader.Bind(squares, unit);
            Readouts = [.. output.Formula.Readings.Select(reader.Read)];
        }

        public KpiOutput Output { get; }
        public Func<int, decimal?> Value { get; }
        public Func<int, decimal?>? Numerator { get; }
        public Func<int, decimal?>? Denominator { get; }
        public Func<int, decimal?>? N { get; }
        public Func<int, decimal?>? Sum { get; }
        public Func<int, decimal?>? Squares { get; }
        public IReadOnlyList<Readout> Readouts { get; }
    }

    /// <summary>The readers of all KPIs that are split alike.</summary>
    private sealed class Frame
    {
        private readonly KpiQuery _query;
        private readonly IReadOnlyList<PeriodBucket> _buckets;
        private readonly GroupMap _groups;
        private readonly Period?[] _comparedWith;
        private readonly Period[] _comparisons;
        private readonly CubeReader _reader;
        private readonly CubeReader _comparisonReader;

        private Frame(
            CubeSnapshot snapshot, KpiQuery query, GroupMap groups, IReadOnlyList<PeriodBucket> buckets, CancellationToken ct)
        {
            (_query, _groups, _buckets) = (query, groups, buckets);
            _comparedWith = [.. buckets.Select(b => Comparison.OfPart(query.Period, b.Period, query.Compare))];
            _comparisons = [.. _comparedWith.OfType<Period>()];
            _reader = new CubeReader(snapshot, groups, [.. buckets.Select(b => b.Period)], ct);
            _comparisonReader = new CubeReader(snapshot, groups, _comparisons, ct);
        }

        public static Frame Of(
            CubeSnapshot snapshot, KpiQuery query, IReadOnlyList<Dimensions> groupBy, IReadOnlyList<PeriodBucket> buckets,
            CancellationToken ct)
        {
            var groups = GroupMap.Of(snapshot.DimensionSets, groupBy, query.Filters);
            if ((long)groups.Keys.Count * buckets.Count > KpiQuery.PointsMax)
                throw new TooManyPointsException(groups.Keys.Count, buckets.Count);
            return new Frame(snapshot, query, groups, buckets, ct);
        }

        public KpiResult Result(KpiOutput output, IReadOnlyList<Dimensions> groupBy)
        {
            var bound = new Bound(_reader, output);
            var before = _comparisons.Length > 0 ? new Bound(_comparisonReader, output) : null;
            var present = Enumerable.Range(0, _groups.Keys.Count)
                .Where(g => groupBy.Count == 0 || Has(bound, g, _buckets.Count) || Has(before, g, _comparisons.Length))
                .Select(g => (Group: g, Size: SizeOf(bound, g)))
                .OrderByDescending(g => g.Size)
                .ThenBy(g => _groups.Keys[g.Group], ByKey)
                .ToList();
            var series = present.Skip(_query.SkipGroups).Take(_query.TakeGroups)
                .Select(g => new KpiSeries(_groups.Keys[g.Group], Points(bound, before, g.Group)))
                .ToList();
            return new KpiResult(output, groupBy, series, present.Count);
        }

        private KpiPoint[] Points(Bound bound, Bound? before, int group)
        {
            var points = new KpiPoint[_buckets.Count];
            var next = 0;
            for (var k = 0; k < points.Length; k++)
            {
                var compared = _comparedWith[k] is null ? null : ValueAt(before!, group * _comparisons.Length + next++);
                points[k] = new KpiPoint(
                    _buckets[k], ValueAt(bound, group * _buckets.Count + k), _comparedWith[k], compared);
            }
            return points;
        }

        private static bool Has(Bound? bound, int group, int periods)
        {
            if (bound is null)
                return false;
            foreach (var readout in bound.Readouts)
                for (var k = 0; k < periods; k++)
                    if (!readout.IsNothing(group * periods + k))
                        return true;
            return false;
        }

        // What the value rests on: the denominator of a ratio, the n of a quantile, else the value itself.
        private decimal SizeOf(Bound bound, int group)
        {
            var size = bound.Denominator ?? bound.N ?? bound.Value;
            var sum = 0m;
            for (var k = 0; k < _buckets.Count; k++)
                sum += Math.Abs(size(group * _buckets.Count + k) ?? 0);
            return sum;
        }
    }

    /// <summary>Blank comes last.</summary>
    private static readonly Comparer<string?[]> ByKey = Comparer<string?[]>.Create((a, b) =>
    {
        for (var i = 0; i < a.Length; i++)
        {
            var order = (a[i] is null).CompareTo(b[i] is null);
            if (order == 0)
                order = string.CompareOrdinal(a[i], b[i]);
            if (order != 0)
                return order;
        }
        return 0;
    });
}
