using CrmKpi.Query.Answers;
using CrmKpi.Query.Kpis;

namespace CrmKpi.Query.OwnKpis;

/// <summary>
/// Requests for KPIs by what was asked. One that names KPIs of the catalogue only is the same for all tenants; any other is
/// parsed under the definitions of its tenant, and these alone are looked up.
/// </summary>
internal sealed class KpiRequests(OwnKpiSets own)
{
    private readonly RequestCache<ForAll> _forAll = new(asked =>
        new ForAll(KpiRequest.NamesOwn(asked) ? null : KpiRequest.Parse(asked)));

    /// <summary>The request; throws the problem of a wrong one.</summary>
    public ValueTask<KpiRequest> Of(string tenant, AskedRequest asked, CancellationToken ct) =>
        _forAll.Of(asked).Request is { } request
            ? ValueTask.FromResult(request)
            : new ValueTask<KpiRequest>(OfTenant(tenant, asked, ct));

    private async Task<KpiRequest> OfTenant(string tenant, AskedRequest asked, CancellationToken ct) =>
        (await own.Of(tenant, ct)).Requests.Of(asked);

    /// <summary>
    /// A request that is the same for all tenants; null when it names a KPI that is not in the catalogue.
    /// </summary>
    private sealed record ForAll(KpiRequest? Request);
}
