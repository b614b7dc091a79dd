using System.Collections.Concurrent;
using CrmKpi.Hosting.Problems;
using Microsoft.Extensions.Options;

namespace CrmKpi.Ingestion.Events;

/// <summary>
/// How many bytes of bodies may be in memory at once: in all, and per tenant. Who finds no room is told to come again at once
/// instead of waiting in a queue: overload is answered, never absorbed.
/// </summary>
internal sealed class IntakeBudget(IOptions<IngestionOptions> options)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, long> _tenants = new(StringComparer.Ordinal);
    private readonly long _totalMax = options.Value.BufferedBytesMax;
    private readonly long _tenantMax = (long)(options.Value.BufferedBytesMax * options.Value.TenantShareMax);
    private long _total;

    /// <summary>Takes room for a body until the lease is disposed; throws 429 or 503.</summary>
    public Lease Take(string tenant, long bytes)
    {
        // A body larger than a tenant's share passes while it is the tenant's only one: any legal request can succeed.
        var ofTenant = _tenants.AddOrUpdate(tenant, bytes, (_, held) => held + bytes);
        if (ofTenant > _tenantMax && ofTenant != bytes)
        {
            Release(tenant, bytes, fromTotal: false);
            throw new ProblemException(new Problem(
                StatusCodes.Status429TooManyRequests, "too_many_requests",
                "Too many bodies of this tenant are being read at once; send fewer in parallel.")
            {
                RetryAfter = RetryAfter,
            });
        }
        if (Interlocked.Add(ref _total, bytes) > _totalMax)
        {
            Release(tenant, bytes, fromTotal: true);
            throw new ProblemException(new Problem(
                StatusCodes.Status503ServiceUnavailable, "overloaded", "Too many bodies are being read at once; try again.")
            {
                RetryAfter = RetryAfter,
            });
        }
        return new Lease(this, tenant, bytes);
    }

    private void Release(string tenant, long bytes, bool fromTotal)
    {
        if (fromTotal)
            Interlocked.Add(ref _total, -bytes);
        // An idle tenant holds no entry: removed only if it is still zero.
        if (_tenants.AddOrUpdate(tenant, 0, (_, held) => held - bytes) == 0)
            _tenants.TryRemove(new KeyValuePair<string, long>(tenant, 0));
    }

    /// <summary>Room that is held.</summary>
    public readonly struct Lease(IntakeBudget budget, string tenant, long bytes) : IDisposable
    {
        public void Dispose() => budget.Release(tenant, bytes, fromTotal: true);
    }
}
