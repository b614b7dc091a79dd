using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Kpis.Explain;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;
using CrmKpi.Domain.Tests.Folding;

namespace CrmKpi.Domain.Tests.Kpis.Explain;

/// <summary>Explanations over a history folded in memory.</summary>
internal sealed class Explained
{
    private readonly ReadModel _model;

    public Explained(TenantSettings settings, params LogEvent[] events)
    {
        _model = ReadModel.Of(settings, events);
        Snapshot = CubeSnapshot.OfCells("acme", settings, _model.Cells, events.Length);
    }

    public CubeSnapshot Snapshot { get; }

    public Explanation Of(string kpi, Period period, params DimensionFilter[] filters) =>
        Of(Catalogue.Resolve(kpi) ?? throw new ArgumentException(kpi), period, filters);

    public Explanation Of(KpiOutput output, Period period, params DimensionFilter[] filters) => Explainer.Explain(
        Snapshot,
        new KpiQuery([output], period, Grain.None, ComparisonKind.None, [], filters, period.ToDate));

    /// <summary>The facts of all entities behind an explanation.</summary>
    public List<Fact> Facts(Explanation explanation)
    {
        var query = explanation.Query;
        var finder = new FactFinder(Snapshot, query.Period, query.Filters, explanation.Readings);
        var distinct = new DistinctFinder(Snapshot, query.Period, query.Filters, explanation.Readings);
        return [.. distinct.Facts(), .. States(finder.Kinds).SelectMany(finder.FactsOf)];
    }

    public IEnumerable<EntityState> States(IReadOnlyCollection<EntityKind> kinds) => _model.States
        .Where(s => kinds.Contains(s.Key.Kind))
        .OrderBy(s => s.Key.Kind).ThenBy(s => s.Key.Id, StringComparer.Ordinal)
        .Select(s => EntityState.Deserialize(s.Key, s.Value));
}
