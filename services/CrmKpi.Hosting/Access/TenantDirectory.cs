using System.Collections.Concurrent;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Hosting.Access;

/// <summary>
/// Which agency a tenant belongs to, remembered: neither ever changes. Unknown tenants are looked up each time, so that a new
/// one can be used at once on every instance.
/// </summary>
public sealed class TenantDirectory(TenantStore tenants)
{
    private const int EntriesMax = 100_000;

    private readonly ConcurrentDictionary<string, string> _agencies = new(StringComparer.Ordinal);

    /// <summary>True when the caller may know of the tenant: it exists, is its agency's, and the key is bound to it.</summary>
    public async ValueTask<bool> IsVisible(string tenant, Caller caller, CancellationToken ct)
    {
        if (!Tenant.IsValidId(tenant) || !caller.IsBoundTo(tenant))
            return false;
        return await AgencyOf(tenant, ct) == caller.Agency;
    }

    /// <summary>The tenant's agency; null when there is no such tenant.</summary>
    public async ValueTask<string?> AgencyOf(string tenant, CancellationToken ct)
    {
        if (_agencies.TryGetValue(tenant, out var agency))
            return agency;
        if (await tenants.Find(tenant, ct) is not { } found)
            return null;
        if (_agencies.Count >= EntriesMax)
            _agencies.Clear();
        return _agencies[tenant] = found.Agency;
    }
}
