using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Targets;
using CrmKpi.Domain.Periods;

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
        var targets = new TargetLines(snapshot, ct);
        var frames = new Dictionary<string, Frame>();
        var results = query.Outputs.Select(output =>
        {
            var groupBy = query.GroupByOf(output);
            var key = string.Join(',', groupBy);
            if (!frames.TryGetValue(key, out var frame))
                frames.Add(key, frame = Frame.Of(snapshot, query, targets, groupBy, buckets, ct));
            return frame.Result(output, groupBy);
        }).ToList();
        var more = results.Any(r => r.GroupCount > query.SkipGroups + query.TakeGroups);
        return new KpiAnswer(
            query, Comparison.Of(query.Period, query.ComparisonIn(snapshot.Settings)), results,
            Warnings.Of(snapshot, query, results),
            more ? query.SkipGroups + query.TakeGroups : null);
    }

    /// <summary>The readers of all KPIs that are split alike.</summary>
    private sealed class Frame
    {
        private readonly KpiQuery _query;
        private readonly IReadOnlyList<PeriodBucket> _buckets;
        private readonly GroupMap _groups;
        private readonly TargetLines _targets;
        private readonly int[] _comparisonOf;
        private readonly List<Period> _comparisons = [];
        private readonly CubeReader _reader;
        private readonly CubeReader _comparisonReader;

        private Frame(
            CubeSnapshot snapshot, KpiQuery query, TargetLines targets, GroupMap groups, IReadOnlyList<PeriodBucket> buckets,
            CancellationToken ct)
        {
            (_query, _targets, _groups, _buckets) = (query, targets, groups, buckets);
            var rule = query.ComparisonIn(snapshot.Settings);
            _comparisonOf = [.. buckets.Select(b => IndexOf(Comparison.OfPart(query.Period, b.Period, rule)))];
            _reader = new CubeReader(snapshot, groups, [.. buckets.Select(b => b.Period)], ct);
            _comparisonReader = new CubeReader(snapshot, groups, _comparisons, ct);
        }

        public static Frame Of(
            CubeSnapshot snapshot, KpiQuery query, TargetLines targets, IReadOnlyList<Dimensions> groupBy,
            IReadOnlyList<PeriodBucket> buckets, CancellationToken ct)
        {
            var groups = GroupMap.Of(snapshot.DimensionSets, groupBy, query.Filters);
            if ((long)groups.Keys.Count * buckets.Count > KpiQuery.PointsMax)
                throw new TooManyPointsException(groups.Keys.Count, buckets.Count);
            return new Frame(snapshot, query, targets, groups, buckets, ct);
        }

        public KpiResult Result(KpiOutput output, IReadOnlyList<Dimensions> groupBy)
        {
            var bound = new BoundOutput(_reader, output);
            var before = _comparisons.Count > 0 ? new BoundOutput(_comparisonReader, output) : null;
            var present = Enumerable.Range(0, _groups.Keys.Count)
                .Where(g => groupBy.Count == 0 || Has(bound, g, _buckets.Count) || Has(before, g, _comparisons.Count))
                .Select(g => (Group: g, Size: SizeOf(bound, g)))
                .OrderByDescending(g => g.Size)
                .ThenBy(g => _groups.Keys[g.Group], ByKey)
                .ToList();
            var series = present.Skip(_query.SkipGroups).Take(_query.TakeGroups)
                .Select(g => new KpiSeries(_groups.Keys[g.Group], Points(
                    bound, before, g.Group, _targets.For(output, _query.Filters, groupBy, _groups.Keys[g.Group]))))
                .ToList();
            return new KpiResult(output, groupBy, series, present.Count);
        }

        // Parts that are compared with the same period share one reading of it.
        private int IndexOf(Period? comparison)
        {
            if (comparison is not { } period)
                return -1;
            if (_comparisons.Count == 0 || _comparisons[^1] != period)
                _comparisons.Add(period);
            return _comparisons.Count - 1;
        }

        private KpiPoint[] Points(BoundOutput bound, BoundOutput? before, int group, IReadOnlyList<TargetLine> lines)
        {
            var points = new KpiPoint[_buckets.Count];
            for (var k = 0; k < points.Length; k++)
            {
                var (index, period) = (group * _buckets.Count + k, _buckets[k].Period);
                var value = bound.At(index);
                var expected = TargetLine.Valid(lines, period)?.Of(period);
                var target = expected is { } wanted
                    ? new TargetPoint(wanted, Attainment.Of(value.Value, wanted, bound.Output.Kpi.Better)) : null;
                var comparison = _query.Compare == ComparisonKind.Target
                    ? expected is null ? null : new KpiComparison(null, new(expected, null, null, null, null))
                    : _comparisonOf[k] is >= 0 and var at ? Compare(bound, index, period, before!, group, at) : null;
                points[k] = new KpiPoint(_buckets[k], value, comparison, target);
            }
            return points;
        }

        private KpiComparison Compare(BoundOutput bound, int index, Period period, BoundOutput before, int group, int at)
        {
            var (other, otherIndex) = (_comparisons[at], group * _comparisons.Count + at);
            var value = before.At(otherIndex);
            if (bound.Output.Formula.IsAdditive() && !Comparison.IsSameLength(period, other, _query.Compare))
                return new KpiComparison(other, value.Scaled(other, period), Scaled: true);
            return new KpiComparison(
                other, value, Difference: period.Overlaps(other) ? null : bound.DifferenceTo(index, before, otherIndex));
        }

        private static bool Has(BoundOutput? bound, int group, int periods)
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
        private decimal SizeOf(BoundOutput bound, int group)
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
