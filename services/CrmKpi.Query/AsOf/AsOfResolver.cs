using CrmKpi.Domain.Cube;
using CrmKpi.EventLog;
using LogPoint = CrmKpi.Domain.Cube.AsOf;

namespace CrmKpi.Query.AsOf;

/// <summary>Finds the event of a tenant's log that a point asked for stands for.</summary>
internal sealed class AsOfResolver(EventLog.EventLog log, TimeProvider clock)
{
    /// <summary>The point, and the event there; no event when nothing was recorded then.</summary>
    public async Task<(LogPoint Point, LogPosition? Position)> Resolve(string tenant, AsOfPoint asked, CancellationToken ct)
    {
        var head = await log.Head(tenant, ct);
        var position = asked.Instant is { } instant
            ? await log.PositionAt(tenant, head, instant, ct)
            : await log.Position(tenant, Math.Min(asked.Sequence!.Value, head), ct);
        if (position is null)
            return (new LogPoint(0, null, At(asked.Instant), AsOfNote.BeforeFirst), null);
        var isBeyond = asked.Sequence > head || (asked.Instant > clock.GetUtcNow() && position.Sequence == head);
        return (
            new LogPoint(
                position.Sequence, position.RecordedAt, isBeyond ? null : At(asked.Instant ?? position.RecordedAt),
                isBeyond ? AsOfNote.BeyondHead : AsOfNote.None),
            position);
    }

    private DateTimeOffset? At(DateTimeOffset? instant) => instant > clock.GetUtcNow() ? null : instant;
}
