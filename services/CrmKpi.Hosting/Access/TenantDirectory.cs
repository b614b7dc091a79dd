using System.Collections.Concurrent;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using Microsoft.Extensions.Options;

namespace CrmKpi.Hosting.Access;

/// <summary>
/// Which agency a tenant belongs to, remembered for seconds, as keys are: a tenant that is deleted is unknown on every
/// instance after that time. Unknown tenants are looked up each time, so that a new one can be used at once on every
/// instance.
/// </summary>
public sealed class TenantDirectory(TenantStore tenants, IOptions<SecurityOptions> options, TimeProvider time)
{
    private const int EntriesMax = 100_000;

    private readonly ConcurrentDictionary<TenantKey, Entry> _agencies = new();

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
        var now = time.GetUtcNow();
        if (_agencies.TryGetValue(new TenantKey(tenant), out var entry) && entry.Until > now)
            return entry.Agency;
        if (await tenants.Find(tenant, ct) is not { } found)
        {
            _agencies.TryRemove(new TenantKey(tenant), out _);
            return null;
        }
        if (_agencies.Count >= EntriesMax)
            _agencies.Clear();
        _agencies[new TenantKey(tenant)] = new Entry(found.Agency, now.AddSeconds(options.Value.KeyCacheSeconds));
        return found.Agency;
    }

    /// <summary>Forgets a tenant at once, on this instance.</summary>
    public void Forget(string tenant) => _agencies.TryRemove(new TenantKey(tenant), out _);

    private readonly record struct Entry(string Agency, DateTimeOffset Until);
}
