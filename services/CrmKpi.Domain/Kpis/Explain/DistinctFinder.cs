using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Kpis.Explain;

/// <summary>
/// Lists the values that distinct-value readings count: each is a fact that adds one, in the order of readings and values.
/// They come from the cube; an example is the entity that <see cref="IsExample"/> accepts first.
/// </summary>
public sealed class DistinctFinder(
    CubeSnapshot snapshot, Period period, IReadOnlyList<DimensionFilter> filters, IEnumerable<ExplainedReading> readings)
{
    private readonly ExplainedReading[] _readings = [.. readings.Where(r => r.Reading is DistinctValues)];

    /// <summary>All values as facts without an entity.</summary>
    public IReadOnlyList<Fact> Facts() => [.. _readings.SelectMany(FactsOf)];

    /// <summary>A finder of examples: as <see cref="FactFinder"/>, for the measures in which values are looked for.</summary>
    public FactFinder Examples() => new(snapshot, period, filters, _readings.SelectMany(r => ((DistinctValues)r.Reading).In
        .Select(measure => r with { Reading = new Flow(measure, CellPart.Count) })));

    /// <summary>Whether what an entity adds is an example of a value.</summary>
    public bool IsExample(Fact value, Fact found)
    {
        if (value.Reading != found.Reading)
            return false;
        var dimension = ((DistinctValues)_readings.First(r => r.Index == value.Reading).Reading).Dimension;
        return found.Count > 0 && value.Dims[dimension] == found.Dims[dimension];
    }

    private IEnumerable<Fact> FactsOf(ExplainedReading explained)
    {
        var distinct = (DistinctValues)explained.Reading;
        var rule = new FactRule(distinct, snapshot, period, filters);
        var values = new SortedDictionary<string, Fact>(StringComparer.Ordinal);
        foreach (var column in distinct.In.Select(snapshot.Column))
            for (var i = column.FirstAtOrAfter(period.From); i < column.FirstAtOrAfter(period.To); i++)
            {
                var dims = snapshot.DimensionSets[column.Dims[i]];
                if (!rule.Reads(column.Measure, column.Days[i], dims, column.Buckets[i]))
                    continue;
                var value = dims[distinct.Dimension]!;
                var held = values.GetValueOrDefault(value) ?? new Fact(
                    explained.Index, null, column.Measure, column.Days[i], 0, DimensionSet.Of((distinct.Dimension, value)), 0, 0, 1,
                    null);
                values[value] = held with
                {
                    Day = Math.Min(held.Day, column.Days[i]),
                    Count = held.Count + column.Counts[i],
                };
            }
        return values.Values;
    }
}
