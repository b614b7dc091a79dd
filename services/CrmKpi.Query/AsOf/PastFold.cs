using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;
using CrmKpi.EventLog;

namespace CrmKpi.Query.AsOf;

/// <summary>
/// Folds a tenant's log through a sequence: 1. the settings as they were known there, 2. all events, page by page, under them,
/// 3. the cube, and the facts when they are wanted.
/// </summary>
internal static class PastFold
{
    private const string SettingsStream = "tenant";
    private const int PageEventsMax = 5_000;
    private const long PageBytesMax = 8 * 1024 * 1024;

    public static async Task<PastView> Run(EventLog.EventLog log, PastKey key, CancellationToken ct)
    {
        var (tenant, through) = (key.Tenant, key.Sequence);

        // 1. Settings hold for all of the past, hence first.
        var fold = new WholeFold(await ReadSettings(log, tenant, through, ct));

        // 2. The states stay in memory, the events do not.
        for (var at = 0L; at < through;)
        {
            ct.ThrowIfCancellationRequested();
            var page = await log.Read(tenant, at, (int)Math.Min(PageEventsMax, through - at), PageBytesMax, ct);
            fold.Add(page.Select(ToLogEvent).ToArray());
            at = page[^1].Sequence;
        }

        // 3. The cube; facts as bytes, which take less room than the states.
        var snapshot = fold.Complete(tenant, through, ct);
        return new PastView(snapshot, key.Facts ? PastFacts.Of(fold.Entities) : null);
    }

    private static async Task<TenantSettings> ReadSettings(
        EventLog.EventLog log, string tenant, long through, CancellationToken ct)
    {
        var settings = new SettingsFold();
        for (var version = 0L; ;)
        {
            var page = await log.ReadStream(tenant, SettingsStream, version, PageEventsMax, ct);
            foreach (var stored in page.TakeWhile(e => e.Sequence <= through))
                settings.Apply(ToLogEvent(stored));
            if (page.Count < PageEventsMax || page[^1].Sequence >= through)
                return settings.Settings;
            version = page[^1].Version;
        }
    }

    private static LogEvent ToLogEvent(StoredEvent e) => new(
        e.Sequence, e.StreamId, e.Type, (e.OccurredAt.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond,
        e.Data);
}
