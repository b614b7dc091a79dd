namespace CrmKpi.EventLog;

/// <summary>An event to append. The log gives it a sequence, a stream version and its id.</summary>
/// <param name="Source">Where it comes from; with <paramref name="SourceId"/> the dedupe key.</param>
/// <param name="SourceId">The source's own event id.</param>
/// <param name="Type">Canonical type.</param>
/// <param name="StreamId">For example <c>deal/123</c>.</param>
/// <param name="OccurredAt">When it happened; kept to the microsecond.</param>
/// <param name="Data">A JSON object, UTF-8.</param>
/// <param name="TraceParent">W3C trace context.</param>
/// <param name="CorrelationId">The caller's correlation id.</param>
public sealed record NewEvent(
    string Source, string SourceId, string Type, string StreamId, DateTimeOffset OccurredAt, ReadOnlyMemory<byte> Data,
    string? TraceParent = null, string? CorrelationId = null);

/// <summary>
/// An append that shall fail with <see cref="VersionConflictException"/> unless the stream is at this version.
/// </summary>
/// <param name="Version">0 = the stream does not exist yet.</param>
public sealed record ExpectedVersion(string StreamId, long Version);

/// <summary>What an append did. All of it is durable when the result is returned.</summary>
/// <param name="Accepted">Events that are new.</param>
/// <param name="Duplicates">
/// Events whose (source, source id) the log has already, or that stand twice in the batch.
/// </param>
/// <param name="Sequence">The tenant's last sequence after the commit (0 = empty log).</param>
public readonly record struct AppendResult(int Accepted, int Duplicates, long Sequence);
