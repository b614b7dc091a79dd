namespace CrmKpi.Domain.Cube;

/// <summary>How the point asked for had to be moved.</summary>
public enum AsOfNote
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>It lies beyond the end of the log: the answer is of the end.</summary>
    BeyondHead,

    /// <summary>Nothing was recorded then: the answer is empty.</summary>
    BeforeFirst,
}

/// <summary>The point in a tenant's log that a snapshot of the past stands for.</summary>
/// <param name="Sequence">The last event known then; 0 = none.</param>
/// <param name="RecordedAt">When it was recorded; null when there was none.</param>
/// <param name="At">The time for which the answer speaks; null = now.</param>
public sealed record AsOf(long Sequence, DateTimeOffset? RecordedAt, DateTimeOffset? At, AsOfNote Note);
