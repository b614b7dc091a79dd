namespace CrmKpi.Domain.Kpis.Own;

/// <summary>A definition as it is stored.</summary>
public readonly record struct StoredKpi(string Id, string Json);

/// <summary>
/// One own KPI: either it can be computed (<see cref="Output"/>) or there is a <see cref="Problem"/>.
/// </summary>
/// <param name="Definition">Null when the stored text cannot be read.</param>
public sealed record OwnKpiEntry(
    string Id, KpiOwner Owner, OwnKpi? Definition, KpiOutput? Output, KpiProblem? Problem);

/// <summary>
/// The KPIs that a tenant can ask for: those of the catalogue, its own, and those of its agency. A tenant's KPI stands
/// in front of
/// one of its agency with the same id. Immutable.
/// </summary>
public sealed class KpiSet
{
    private readonly Dictionary<string, OwnKpiEntry> _own;

    private KpiSet(IEnumerable<OwnKpiEntry> own, string version) =>
        (_own, Version) = (own.ToDictionary(e => e.Id, StringComparer.Ordinal), version);

    /// <summary>The catalogue alone.</summary>
    public static KpiSet BuiltIn { get; } = new([], "");

    /// <summary>Differs when a definition differs: part of the key of whatever is kept of it.</summary>
    public string Version { get; }

    /// <summary>The own KPIs by id.</summary>
    public IEnumerable<OwnKpiEntry> Own => _own.Values.OrderBy(e => e.Id, StringComparer.Ordinal);

    /// <summary>All ids that can be asked for, with <c>{n}</c> for a number of days.</summary>
    public IEnumerable<string> Ids => Catalogue.All.SelectMany(Catalogue.IdsOf).Concat(Own.Select(e => e.Id));

    /// <summary>Puts stored definitions together; what is wrong with one is said at its entry.</summary>
    public static KpiSet Of(IEnumerable<StoredKpi> agency, IEnumerable<StoredKpi> tenant, string version)
    {
        var below = new KpiLayer(KpiOwner.Agency, agency, null);
        var layer = new KpiLayer(KpiOwner.Tenant, tenant, below);
        return new KpiSet(layer.Ids.Union(below.Ids).Select(id => layer.Find(id)!), version);
    }

    /// <summary>What an id of a query stands for; null if none, or if it cannot be computed.</summary>
    public KpiOutput? Resolve(string id) => Catalogue.Resolve(id) ?? Find(id)?.Output;

    /// <summary>The own KPI with this id, or null.</summary>
    public OwnKpiEntry? Find(string id) => _own.GetValueOrDefault(id);
}
