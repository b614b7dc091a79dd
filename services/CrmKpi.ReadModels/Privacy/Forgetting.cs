using CrmKpi.Domain.Privacy;

namespace CrmKpi.ReadModels.Privacy;

/// <summary>The forgetting of a person: how far it is.</summary>
/// <param name="Person">The source's id; null when it is forgotten.</param>
/// <param name="Pseudonym">What stands in its place.</param>
/// <param name="Events">Events that were masked.</param>
/// <param name="Quarantined">Refused events that named the person, and were deleted.</param>
/// <param name="MaskedAt">When the log told nothing of the person any more; null before that.</param>
/// <param name="Generation">The read models made from the masked log; null before that, or when there are none.</param>
/// <param name="FinishedAt">When read models from before were gone too; null before that.</param>
public sealed record Forgetting(
    string Tenant, Guid Id, PersonKind Kind, string? Person, string Pseudonym, DateTimeOffset RequestedAt, long Events,
    long Quarantined, DateTimeOffset? MaskedAt, int? Generation, DateTimeOffset? FinishedAt)
{
    /// <summary>Streams with an event about the person; null = not looked for yet.</summary>
    internal IReadOnlyList<string>? Streams { get; init; }

    /// <summary>The last event to mask.</summary>
    internal long Until { get; init; }

    /// <summary>The log is masked up to here.</summary>
    internal long Position { get; init; }
}
