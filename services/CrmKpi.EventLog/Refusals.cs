namespace CrmKpi.EventLog;

/// <summary>The stream was not at the expected version; nothing was appended.</summary>
public sealed class VersionConflictException(string streamId, long expected, long actual) : Exception(
    $"Stream '{streamId}' is at version {actual}, not {expected}. "
    + "Read it again and repeat the request with its version.")
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

/// <summary>The tenant is being moved to another database, and takes no events for a moment. Nothing was appended.</summary>
public sealed class TenantMovingException(string tenant) : Exception(
    $"Tenant '{tenant}' is being moved to another database; try again in a moment.");

/// <summary>
/// An event that the log cannot hold; nothing of its request was appended, other requests are not touched.
/// </summary>
/// <param name="index">Its place in the request, from 0; −1 when the database did not say which one it is.</param>
public sealed class EventRefusedException(int index, string detail, Exception? inner = null) : Exception(
    index < 0
        ? $"The log cannot hold an event of the request: {detail}"
        : $"The log cannot hold event {index} of the request: {detail}",
    inner)
{
    public int Index { get; } = index;

    /// <summary>What is wrong with it.</summary>
    public string Detail { get; } = detail;
}

/// <summary>
/// Too much is waiting for the log; try again after <see cref="RetryAfter"/>. Nothing of the request was appended.
/// </summary>
public sealed class OverloadedException(TimeSpan retryAfter, string message = OverloadedException.OfTheLog) : Exception(message)
{
    private const string OfTheLog = "The event log is at its limit; try again later.";

    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>
/// The database was not reached, for all retries. The request may have been appended when the connection broke during
/// the commit; sending it again is safe: what is there already counts as duplicate.
/// </summary>
public sealed class LogUnavailableException(TimeSpan retryAfter, Exception inner) : Exception(
    "The event log's database cannot be reached; try again later. Sending the same events again is safe.", inner)
{
    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>The log breaks its own promise: nothing may be built on what was read.</summary>
public sealed class LogCorruptException(string message) : Exception(message);
