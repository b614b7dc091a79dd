using CrmKpi.Domain.Settings;
using CrmKpi.EventLog;
using CrmKpi.Ingestion.Events;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.Tenants;

/// <summary>What became of a change of settings.</summary>
/// <param name="Events">How many settings events were appended; 0 when all was as wanted.</param>
/// <param name="Settings">As they are now.</param>
internal sealed record SettingsChange(int Events, TenantSettings Settings, long Sequence);

/// <summary>
/// Changes settings: 1. read them, 2. make events of what differs from what is wanted, 3. append them where the
/// settings were read; start again at 1 when somebody was faster; 4. put the act into the trail. The events are in the
/// log before the act is in the trail: a process that dies between leaves the events without their act, never an act
/// without its events.
/// </summary>
internal sealed class SettingsAppend(EventLog.EventLog log, AuditTrail trail, TimeProvider time)
{
    private const int AttemptsMax = 5;

    /// <param name="changes">What differs, given the settings and the time of the events.</param>
    public async Task<SettingsChange> Append(
        string tenant, ActedBy by, Func<SettingsStream, DateTimeOffset, IEnumerable<SetupPart>> changes, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            // 1. Read them. A clock that is behind the latest event must not make the change an old one.
            var stream = await SettingsStream.Read(log, tenant, ct);
            var now = time.GetUtcNow();
            var at = stream.Latest < now ? now : stream.Latest.AddMicroseconds(1);

            // 2. Make events of what differs.
            NewEvent[] events =
                [.. changes(stream, at).Select(part => IntakeChunk.ToNew(part.ToEvent(stream.Version, at).Event!, null))];
            if (events.Length == 0)
                return new SettingsChange(0, stream.Fold.Settings, await log.Head(tenant, ct));

            // 3. Append them where the settings were read.
            try
            {
                var result = await log.Append(
                    tenant, events, new ExpectedVersion(SetupPart.Stream, stream.Version), ct);

                // 4. Put the act into the trail, whatever becomes of the caller: the events are stored.
                if (result.Accepted > 0)
                    await trail.Append(ActOf(tenant, by, stream.Version, events), by, CancellationToken.None);
                var after = await SettingsStream.Read(log, tenant, ct);
                return new SettingsChange(events.Length, after.Fold.Settings, await log.Head(tenant, ct));
            }
            catch (VersionConflictException) when (attempt < AttemptsMax)
            {
                // Somebody else changed them at the same time: look again what is left to change.
            }
        }
    }

    // What changed stands in the log; the trail says where.
    private static Act ActOf(string tenant, ActedBy by, long version, NewEvent[] events) =>
        new(by.Actor.Agency, "tenant.settings_changed", $"tenant/{tenant}", json =>
        {
            json.WriteNumber("fromVersion", version + 1);
            json.WriteNumber("toVersion", version + events.Length);
            json.WriteStartArray("events");
            foreach (var type in events.Select(e => e.Type).Distinct())
                json.WriteStringValue(type);
            json.WriteEndArray();
        });
}
