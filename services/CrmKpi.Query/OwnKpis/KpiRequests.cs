using CrmKpi.Query.Answers;
using CrmKpi.Query.Kpis;

namespace CrmKpi.Query.OwnKpis;

/// <summary>
/// Requests for KPIs by query string. One that names KPIs of the catalogue only is the same for all tenants; any other
/// is
/// parsed under the definitions of its tenant, and these alone are looked up.
/// </summary>
internal sealed class KpiRequests(OwnKpiSets own)
{
    private readonly RequestCache<ForAll> _forAll = new((queryString, acceptsCsv) =>
        new ForAll(KpiRequest.NamesOwn(queryString) ? null : KpiRequest.Parse(queryString, acceptsCsv)));

    /// <summary>The request; throws the problem of a wrong one.</summary>
    public ValueTask<KpiRequest> Of(string tenant, string queryString, bool acceptsCsv, CancellationToken ct) =>
        _forAll.Of(queryString, acceptsCsv).Request is { } request
            ? ValueTask.FromResult(request)
            : new ValueTask<KpiRequest>(OfTenant(tenant, queryString, acceptsCsv, ct));

    private async Task<KpiRequest> OfTenant(string tenant, string queryString, bool acceptsCsv, CancellationToken ct) =>
        (await own.Of(tenant, ct)).Requests.Of(queryString, acceptsCsv);

    /// <summary>
    /// A request that is the same for all tenants; null when it names a KPI that is not in the catalogue.
    /// </summary>
    private sealed record ForAll(KpiRequest? Request);
}
