using System.Globalization;
using CrmKpi.Domain.Cube;
using CrmKpi.EventLog;
using CrmKpi.Query.Answers;
using LogPoint = CrmKpi.Domain.Cube.AsOf;

namespace CrmKpi.Query.AsOf;

/// <summary>A point that was asked for, and the event of the log there.</summary>
/// <param name="Position">Null when nothing was recorded then.</param>
internal sealed record ResolvedPoint(LogPoint AsOf, LogPosition? Position)
{
    /// <summary>
    /// The tag of an answer as of the point, before its settings are known. It holds for ever, unless the answer speaks for now:
    /// then until the next quarter of an hour, since in no time zone a day begins in between.
    /// </summary>
    public string Tag(string tenant, string question, DateTimeOffset now)
    {
        var at = AsOf.At?.UtcTicks ?? now.UtcTicks / (15 * TimeSpan.TicksPerMinute);
        return EntityTags.Of(AsOf.Sequence, string.Create(
            CultureInfo.InvariantCulture, $"{tenant}|{Position?.EventId}|{at}|{AsOf.Note}|{question}"));
    }
}

/// <summary>Finds the event of a tenant's log that a point asked for stands for.</summary>
internal sealed class AsOfResolver(EventLog.EventLog log, TimeProvider clock)
{
    /// <summary>The point, and the event there; no event when nothing was recorded then.</summary>
    public async Task<ResolvedPoint> Resolve(string tenant, AsOfPoint asked, CancellationToken ct)
    {
        var head = await log.Head(tenant, ct);
        var position = asked.Instant is { } instant
            ? await log.PositionAt(tenant, head, instant, ct)
            : await log.Position(tenant, Math.Min(asked.Sequence!.Value, head), ct);
        if (position is null)
            return new ResolvedPoint(new LogPoint(0, null, At(asked.Instant), AsOfNote.BeforeFirst), null);
        var isBeyond = asked.Sequence > head || (asked.Instant > clock.GetUtcNow() && position.Sequence == head);
        return new ResolvedPoint(
            new LogPoint(
                position.Sequence, position.RecordedAt, isBeyond ? null : At(asked.Instant ?? position.RecordedAt),
                isBeyond ? AsOfNote.BeyondHead : AsOfNote.None),
            position);
    }

    private DateTimeOffset? At(DateTimeOffset? instant) => instant > clock.GetUtcNow() ? null : instant;
}
