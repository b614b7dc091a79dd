namespace CrmKpi.EventLog;

/// <summary>A place in a tenant's log.</summary>
/// <param name="Sequence">The event's place.</param>
/// <param name="EventId">Tells this log from one that was restored and went on otherwise.</param>
/// <param name="RecordedAt">When the event was appended.</param>
public sealed record LogPosition(long Sequence, Guid EventId, DateTimeOffset RecordedAt);
