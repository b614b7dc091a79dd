using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using CrmKpi.EventLog;

namespace CrmKpi.Ingestion.Tenants;

/// <summary>The stream <c>tenant</c>, folded.</summary>
/// <param name="Fold">Its fold: belongs to whoever read it.</param>
/// <param name="Version">The version of the stream; 0 = no event yet.</param>
/// <param name="Latest">When its latest event happened.</param>
internal sealed record SettingsStream(SettingsFold Fold, long Version, DateTimeOffset Latest)
{
    private const int PageMax = 1_000;

    public static async Task<SettingsStream> Read(EventLog.EventLog log, string tenant, CancellationToken ct)
    {
        var (fold, version, latest) = (new SettingsFold(), 0L, DateTimeOffset.MinValue);
        IReadOnlyList<StoredEvent> page;
        do
        {
            page = await log.ReadStream(tenant, SetupPart.Stream, version, PageMax, ct);
            foreach (var e in page)
            {
                fold.Apply(new LogEvent(e.Sequence, e.StreamId, e.Type, Micros(e.OccurredAt), e.Data));
                version = e.Version;
                latest = e.OccurredAt > latest ? e.OccurredAt : latest;
            }
        }
        while (page.Count == PageMax);
        return new SettingsStream(fold, version, latest);
    }

    /// <summary>The settings as they would be after one more event.</summary>
    public TenantSettings After(CanonicalEvent e)
    {
        var copy = SettingsFold.Deserialize(Fold.Serialize());
        copy.Apply(new LogEvent(long.MaxValue, e.Subject, e.Type, Micros(e.Time), e.Data));
        return copy.Settings;
    }

    private static long Micros(DateTimeOffset time) =>
        (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;
}
