using System.Collections.Concurrent;
using CrmKpi.EventLog;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.Quotas;

/// <summary>
/// Holds agencies to their quota of events a day. What is used is counted by the log; this process asks for it now and
/// then and adds what it has taken in since. So a quota may be passed by what is under way when it is reached, and by what other processes
/// take in within <see cref="FreshMax"/>; never less than the quota is taken in.
/// </summary>
internal sealed class QuotaGate(QuotaStore quotas, UsageStore usage, TenantDirectory tenants, TimeProvider time)
{
    /// <summary>So old may be what is known of an agency's use.</summary>
    public static readonly TimeSpan FreshMax = TimeSpan.FromSeconds(2);

    /// <summary>An agency that has reached its quota is looked at so often.</summary>
    private static readonly TimeSpan FullFreshMax = TimeSpan.FromMilliseconds(200);

    private const int AgenciesMax = 10_000;

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);

    /// <summary>Throws 429 when the agency of a tenant has taken in what it may on this day.</summary>
    public async ValueTask Check(string tenant, CancellationToken ct)
    {
        if (await tenants.AgencyOf(tenant, ct) is not { } agency)
            return;
        var known = _known.GetValueOrDefault(agency);
        if (known is null || !known.IsOf(Today()))
            known = await Ask(agency, ct);
        else if (time.GetElapsedTime(known.AskedAt) > FreshMax && known.TryBeginRefresh())
            _ = AskBehind(agency, known);
        if (!known.IsReached)
            return;
        if (time.GetElapsedTime(known.AskedAt) > FullFreshMax)
            known = await Ask(agency, ct);
        if (known.IsReached)
            throw new ProblemException(Reached(known.EventsPerDay!.Value));
    }

    /// <summary>Counts events of a tenant that were new.</summary>
    public async ValueTask Took(string tenant, int events, CancellationToken ct)
    {
        if (events > 0 && await tenants.AgencyOf(tenant, ct) is { } agency && _known.TryGetValue(agency, out var known))
            known.Add(events);
    }

    private async Task<Known> Ask(string agency, CancellationToken ct)
    {
        var today = Today();
        var quota = await quotas.Find(agency, ct) ?? AgencyQuota.None;
        var used = quota.EventsPerDay is null ? 0 : await usage.On(agency, today, ct);
        if (_known.Count >= AgenciesMax)
            _known.Clear();
        return _known[agency] = new Known(quota.EventsPerDay, today, used, time.GetTimestamp());
    }

    private async Task AskBehind(string agency, Known known)
    {
        try
        {
            await Ask(agency, CancellationToken.None);
        }
        catch (Npgsql.NpgsqlException)
        {
            // What is known goes on; the next request asks again, and its append tells of a lost database.
            known.EndRefresh();
        }
    }

    private DateOnly Today() => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    private Problem Reached(long eventsPerDay)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return new Problem(
            StatusCodes.Status429TooManyRequests, "quota_exceeded",
            $"The agency has taken in the {eventsPerDay} events that it may on one day (UTC); nothing more was read in. "
            + "Send it again on the next day, or have the quota raised.")
        {
            RetryAfter = now.Date.AddDays(1) - now,
            Members = json => json.WriteNumber("eventsPerDay", eventsPerDay),
        };
    }

    /// <summary>What is known of an agency since it was last asked for.</summary>
    private sealed class Known(long? eventsPerDay, DateOnly day, long used, long askedAt)
    {
        private long _taken;
        private int _refreshing;

        public long? EventsPerDay => eventsPerDay;
        public long AskedAt => askedAt;
        public bool IsReached => used + Interlocked.Read(ref _taken) >= eventsPerDay;

        public bool IsOf(DateOnly today) => day == today;

        public void Add(int events) => Interlocked.Add(ref _taken, events);

        public bool TryBeginRefresh() => Interlocked.Exchange(ref _refreshing, 1) == 0;

        public void EndRefresh() => Volatile.Write(ref _refreshing, 0);
    }
}
