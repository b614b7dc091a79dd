using System.Collections.Concurrent;
using System.Diagnostics;
using CrmKpi.Postgres;

namespace CrmKpi.Query.Answers;

/// <summary>
/// The last sequence of tenants' logs, read at most twice a second a tenant: behind it lies the lag of an answer, which may be
/// half a second old itself.
/// </summary>
internal sealed class LogHeads(EventLog.EventLog log)
{
    private const int TenantsMax = 20_000;
    private static readonly TimeSpan FreshFor = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<TenantKey, Entry> _heads = new();

    /// <summary>The last sequence of the tenant's log.</summary>
    public ValueTask<long> Of(string tenant, CancellationToken ct)
    {
        if (_heads.TryGetValue(new TenantKey(tenant), out var entry) && Stopwatch.GetElapsedTime(entry.ReadAt) < FreshFor)
            return new ValueTask<long>(entry.Head);
        if (entry is not null && Interlocked.Exchange(ref entry.Reading, 1) == 1)
            return new ValueTask<long>(entry.Head);
        return new ValueTask<long>(Read(tenant, entry, ct));
    }

    private async Task<long> Read(string tenant, Entry? stale, CancellationToken ct)
    {
        try
        {
            var head = await log.Head(tenant, ct);
            if (_heads.Count >= TenantsMax)
                _heads.Clear();
            _heads[new TenantKey(tenant)] = new Entry(head, Stopwatch.GetTimestamp());
            return head;
        }
        finally
        {
            if (stale is not null)
                Volatile.Write(ref stale.Reading, 0);
        }
    }

    private sealed class Entry(long head, long readAt)
    {
        public long Head { get; } = head;
        public long ReadAt { get; } = readAt;

        /// <summary>1 while somebody reads a newer one; the others go on with this.</summary>
        public int Reading;
    }
}
