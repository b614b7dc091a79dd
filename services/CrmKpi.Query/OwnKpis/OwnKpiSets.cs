using System.Collections.Concurrent;
using System.Diagnostics;
using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Kpis;

namespace CrmKpi.Query.OwnKpis;

/// <summary>
/// The KPIs of one tenant as of one version of the definitions, with the requests that were parsed under them.
/// </summary>
internal sealed class TenantKpis(KpiSet set)
{
    private const int RequestsMax = 256;

    public KpiSet Set { get; } = set;

    /// <summary>Requests that name own KPIs: they live and die with the definitions.</summary>
    public RequestCache<KpiRequest> Requests { get; } =
        new(asked => KpiRequest.Parse(asked, set), RequestsMax);
}

/// <summary>
/// The own KPIs of tenants, at most half a second old. A look at the versions tells whether the definitions have to be
/// read again;
/// who comes while somebody looks waits for the same look.
/// </summary>
internal sealed class OwnKpiSets(OwnKpiStore store, TenantDirectory tenants)
{
    private const int TenantsMax = 1_000;
    private static readonly TimeSpan FreshFor = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<TenantKey, Entry> _entries = new();

    /// <summary>The KPIs that a tenant can ask for.</summary>
    public Task<TenantKpis> Of(string tenant, CancellationToken ct)
    {
        var key = new TenantKey(tenant);
        while (true)
        {
            _entries.TryGetValue(key, out var held);
            if (held is { IsFresh: true })
                return held.Kpis.WaitAsync(ct);
            if (_entries.Count >= TenantsMax)
                _entries.Clear();
            var next = new Entry(() => Read(tenant, held?.Last));
            if (held is null ? _entries.TryAdd(key, next) : _entries.TryUpdate(key, next, held))
                return next.Kpis.WaitAsync(ct);
        }
    }

    /// <summary>Drops what is kept of a tenant (null = of all).</summary>
    public void Forget(string? tenant)
    {
        if (tenant is null)
            _entries.Clear();
        else
            _entries.TryRemove(new TenantKey(tenant), out _);
    }

    // Not under the token of the request that happens to come first: others wait for the same.
    private async Task<TenantKpis> Read(string tenant, TenantKpis? last)
    {
        var agency = await tenants.AgencyOf(tenant, CancellationToken.None)
            ?? throw new ProblemException(KnownProblems.NoSuchTenant);
        var (above, own) = (OwnKpiOwner.Agency(agency), OwnKpiOwner.Tenant(tenant));
        if (last is not null)
        {
            var versions = await store.Versions([above, own]);
            if (VersionOf(versions[above], versions[own]) == last.Set.Version)
                return last;
        }
        var rows = await store.Read([above, own]);
        return new TenantKpis(KpiSet.Of(
            Stored(rows[above]), Stored(rows[own]), VersionOf(rows[above].Version, rows[own].Version)));
    }

    private static string VersionOf(long agency, long tenant) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{agency}.{tenant}");

    private static IEnumerable<StoredKpi> Stored(OwnKpiRows rows) =>
        rows.Kpis.Select(k => new StoredKpi(k.Id, k.Definition));

    private sealed class Entry(Func<Task<TenantKpis>> read)
    {
        private readonly Lazy<Task<TenantKpis>> _kpis = new(read);
        private readonly long _startedAt = Stopwatch.GetTimestamp();

        public Task<TenantKpis> Kpis => _kpis.Value;

        public bool IsFresh => Stopwatch.GetElapsedTime(_startedAt) < FreshFor && !Kpis.IsFaulted && !Kpis.IsCanceled;

        /// <summary>What was read; null when it failed or is not there yet.</summary>
        public TenantKpis? Last => Kpis.IsCompletedSuccessfully ? Kpis.Result : null;
    }
}
