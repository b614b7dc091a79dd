namespace CrmKpi.EventLog;

/// <summary>An input that was refused, with its original bytes.</summary>
/// <param name="Id">Given by the store.</param>
/// <param name="ReceivedAt">Given by the store.</param>
/// <param name="EventId">The event's id if it could be read.</param>
/// <param name="Code">Stable machine-readable reason, for example <c>unknown_type</c>.</param>
/// <param name="Detail">What was wrong, where, what to do.</param>
/// <param name="Pointer">JSON pointer to the place.</param>
/// <param name="Body">The bytes as sent, cut at <see cref="Quarantine.BodyBytesMax"/>.</param>
/// <param name="Attempts">How often it was tried; 1 when it came.</param>
/// <param name="BodyLength">
/// How many bytes were sent: more than <paramref name="Body"/> has when that was cut. 0 = not cut.
/// </param>
public sealed record QuarantinedEvent(
    long Id, DateTimeOffset ReceivedAt, string? EventId, string? Source, string? Type, string Code, string Detail,
    string? Pointer, ReadOnlyMemory<byte> Body, int Attempts, long BodyLength = 0)
{
    /// <summary>True when not all that was sent was kept: such a row cannot be retried.</summary>
    public bool IsCut => BodyLength > Body.Length;
}
