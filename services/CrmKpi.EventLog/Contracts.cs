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

/// <summary>An event of the log.</summary>
public sealed record StoredEvent(
    long Sequence, Guid Id, string StreamId, long Version, string Type, string Source, string SourceId,
    DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, ReadOnlyMemory<byte> Data);

/// <summary>An append that shall fail with <see cref="VersionConflictException"/> unless the stream is at this version.</summary>
public sealed record ExpectedVersion(string StreamId, long Version);

/// <summary>What an append did. All of it is durable when the result is returned.</summary>
/// <param name="Accepted">Events that are new.</param>
/// <param name="Duplicates">Events whose (source, source id) the log has already, or that stand twice in the batch.</param>
/// <param name="Sequence">The tenant's last sequence after the commit (0 = empty log).</param>
public readonly record struct AppendResult(int Accepted, int Duplicates, long Sequence);

/// <summary>The stream was not at the expected version; nothing was appended.</summary>
public sealed class VersionConflictException(string streamId, long expected, long actual) : Exception(
    $"Stream '{streamId}' is at version {actual}, not {expected}. Read it again and repeat the request with its version.")
{
    public string StreamId { get; } = streamId;
    public long Expected { get; } = expected;
    public long Actual { get; } = actual;
}

/// <summary>The tenant is not registered.</summary>
public sealed class UnknownTenantException(string tenant) : Exception(
    $"Tenant '{tenant}' is not registered. Register it with PUT /v1/tenants/{tenant}.")
{
    public string Tenant { get; } = tenant;
}

/// <summary>Too much is waiting for the log; try again after <see cref="RetryAfter"/>. Nothing of the request was appended.</summary>
public sealed class OverloadedException(TimeSpan retryAfter) : Exception("The event log is at its limit; try again later.")
{
    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>An input that was refused, with its original bytes.</summary>
/// <param name="Id">Given by the store.</param>
/// <param name="EventId">The event's id if it could be read.</param>
/// <param name="Code">Stable machine-readable reason, for example <c>unknown_type</c>.</param>
/// <param name="Detail">What was wrong, where, what to do.</param>
/// <param name="Pointer">JSON pointer to the place.</param>
/// <param name="Body">The bytes as sent, cut at the store's limit.</param>
public sealed record QuarantinedEvent(
    long Id, DateTimeOffset ReceivedAt, string? EventId, string? Source, string? Type, string Code, string Detail,
    string? Pointer, ReadOnlyMemory<byte> Body, int Attempts);
