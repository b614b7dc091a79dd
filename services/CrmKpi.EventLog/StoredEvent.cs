namespace CrmKpi.EventLog;

/// <summary>An event of the log.</summary>
/// <param name="Sequence">Its place in the tenant's log, from 1, without gaps.</param>
/// <param name="Id">UUIDv5 of tenant, source and source id.</param>
/// <param name="Version">Its place in its stream, from 1, without gaps.</param>
/// <param name="OccurredAt">When it happened (UTC, microseconds).</param>
/// <param name="RecordedAt">When it was appended; never decreases with the sequence.</param>
/// <param name="Data">A JSON object, UTF-8, as PostgreSQL writes it: keys reordered, numbers kept.</param>
public sealed record StoredEvent(
    long Sequence, Guid Id, string StreamId, long Version, string Type, string Source, string SourceId,
    DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, ReadOnlyMemory<byte> Data);
