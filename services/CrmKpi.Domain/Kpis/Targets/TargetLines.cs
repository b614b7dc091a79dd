using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Kpis.Targets;

/// <summary>The targets of a tenant, found by KPI and group, with the way to each.</summary>
internal sealed class TargetLines
{
    /// <summary>The days over which a value is taken when no period is said.</summary>
    public const int DaysOfValue = 30;

    private readonly CubeSnapshot _snapshot;
    private readonly CancellationToken _ct;
    private readonly ILookup<(string Kpi, string? Statistic, int? Window, string Filters), Target> _targets;

    public TargetLines(CubeSnapshot snapshot, CancellationToken ct)
    {
        (_snapshot, _ct) = (snapshot, ct);
        // A target may name the default statistic or leave it out; what the catalogue does not know stands for itself.
        _targets = snapshot.Settings.Targets.ToLookup(t => Catalogue.Resolve(t.Kpi) is { } output
            ? KeyOf(output, t.Filters) : (t.Kpi, null, null, t.Key.Filters));
    }

    /// <summary>The lines for a KPI of one group, by due day.</summary>
    public IReadOnlyList<TargetLine> For(
        KpiOutput output, IReadOnlyList<DimensionFilter> filters, IReadOnlyList<Dimensions> groupBy, IReadOnlyList<string?> group)
    {
        if (_targets.Count == 0)
            return [];
        var all = new SortedDictionary<Dimensions, DimensionFilter>();
        foreach (var filter in filters)
            all[filter.Dimension] = filter;
        foreach (var (i, dimension) in groupBy.Index())
            all[dimension] = new DimensionFilter(dimension, [group[i]]);
        return
        [
            .. _targets[KeyOf(output, all.Values)].Where(t => t.Suits(output))
                .Select(t => LineOf(t, output.AsMeasured))
                .OrderBy(l => l.Target.Due),
        ];
    }

    /// <summary>
    /// The line to a target. Its start is what was set, else the KPI's value in the baseline, else over the 30 days before the
    /// path begins, or before the target was set if that is earlier.
    /// </summary>
    public TargetLine LineOf(Target target, KpiOutput output)
    {
        var line = new TargetLine(target, output, target.Start);
        if (target.Start is not null)
            return line;
        var settings = _snapshot.Settings;
        if (settings.Baseline is { } baseline && Value(baseline) is { } before)
            return line with { Start = before };
        var set = (target.SetAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var day = Math.Min(LocalDays.For(settings.TimeZone).DayOf(set), target.From.DayNumber);
        return line with { Start = Value(new Period(day - DaysOfValue, day)) };

        decimal? Value(Period period) => line.Rate(ValueOf(output, target.Filters, [period]).At(0).Value, period);
    }

    /// <summary>The values of an output for some periods in order.</summary>
    public BoundOutput ValueOf(KpiOutput output, IReadOnlyList<DimensionFilter> filters, IReadOnlyList<Period> periods) =>
        new(new CubeReader(_snapshot, GroupMap.Of(_snapshot.DimensionSets, [], filters), periods, _ct), output);

    private static (string, string?, int?, string) KeyOf(KpiOutput output, IEnumerable<DimensionFilter> filters) =>
        (output.Kpi.Id, output.Statistic, output.WindowDays, DimensionFilter.Canonical(filters));
}
