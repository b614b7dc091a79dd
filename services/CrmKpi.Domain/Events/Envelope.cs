namespace CrmKpi.Domain.Events;

/// <summary>A canonical event as it came in and passed validation: the CloudEvents 1.0 attributes that CrmKpi keeps.</summary>
/// <param name="Id">The source's own event id; the dedupe key together with <paramref name="Source"/>.</param>
/// <param name="Source">For example <c>bitrix24/member</c> or <c>csv/leads.csv</c>.</param>
/// <param name="Type">For example <c>deal.won</c>; a version suffix from 2 on.</param>
/// <param name="Subject">The stream: <c>deal/123</c>.</param>
/// <param name="Time">When it happened; microseconds are kept.</param>
/// <param name="Data">The JSON object, UTF-8, as sent.</param>
/// <param name="TraceParent">W3C trace context, if sent.</param>
/// <param name="CorrelationId">If sent.</param>
public sealed record CanonicalEvent(
    string Id, string Source, string Type, string Subject, DateTimeOffset Time, ReadOnlyMemory<byte> Data,
    string? TraceParent = null, string? CorrelationId = null);

/// <summary>An event as the log gives it to a fold.</summary>
/// <param name="Sequence">Its place in the tenant's log, from 1, without gaps.</param>
/// <param name="Stream">For example <c>deal/123</c>.</param>
/// <param name="Type">Canonical type.</param>
/// <param name="TimeMicros">When it happened: microseconds since 1970-01-01T00:00Z.</param>
/// <param name="Data">The JSON object, UTF-8.</param>
public readonly record struct LogEvent(long Sequence, string Stream, string Type, long TimeMicros, ReadOnlyMemory<byte> Data);
