using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Kpis.Targets;

/// <summary>Reads <see cref="RemainingTarget"/> for groups and periods.</summary>
internal sealed class RemainingTargets(CubeSnapshot snapshot, GroupMap groups, CancellationToken ct)
{
    private readonly TargetLines _targets = new(snapshot, ct);

    public void Read(RemainingTarget remaining, IReadOnlyList<Period> periods, Readout readout)
    {
        var output = Catalogue.Resolve(remaining.Kpi)
            ?? throw new InvalidOperationException($"The catalogue has no KPI '{remaining.Kpi}' to have a target.");
        for (var group = 0; group < groups.Keys.Count; group++)
        {
            var lines = _targets.For(output, groups.Filters, groups.GroupBy, groups.Keys[group]);
            for (var k = 0; k < periods.Count && lines.Count > 0; k++)
            {
                if (Missing(lines, output, Filters(group), periods[k].To) is not { } missing)
                    continue;
                var index = group * periods.Count + k;
                readout.Exact[index] = (Int128)(missing * Money.MicrosPerUnit);
                readout.Found![index] = true;
            }
        }
    }

    private decimal? Missing(IReadOnlyList<TargetLine> lines, KpiOutput output, IReadOnlyList<DimensionFilter> filters, int end)
    {
        if (TargetLine.Valid(lines, new Period(end, end + 1)) is not { } line)
            return null;
        var unit = UnitOf(line.Target.Per, DateOnly.FromDayNumber(end));
        var reached = end == unit.From ? 0 : _targets.ValueOf(output, filters, [new Period(unit.From, end)]).At(0).Value ?? 0;
        var missing = line.Of(unit) - reached;
        return missing > 0 ? missing : null;
    }

    private List<DimensionFilter> Filters(int group) =>
        [.. groups.Filters, .. groups.GroupBy.Select((dimension, i) => new DimensionFilter(dimension, [groups.Keys[group][i]]))];

    private static Period UnitOf(TargetPer per, DateOnly day)
    {
        var grain = per switch
        {
            TargetPer.Day => Grain.Day,
            TargetPer.Week => Grain.Week,
            TargetPer.Month => Grain.Month,
            TargetPer.Quarter => Grain.Quarter,
            _ => Grain.Year,
        };
        var start = Grains.StartOf(grain, day, fiscalStartMonth: 1);
        return new Period(start, Grains.NextStart(grain, start));
    }
}
