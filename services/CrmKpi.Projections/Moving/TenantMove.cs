namespace CrmKpi.Projections.Moving;

/// <summary>Where a move of a tenant to another database stands. The names in lower case are a storage format.</summary>
internal enum MoveState
{
    /// <summary>The log goes over, while events keep coming.</summary>
    Copying,

    /// <summary>The tenant lives in the target, which takes no events yet.</summary>
    Opening,

    /// <summary>The tenant lives in the target; its copy in the source goes.</summary>
    Clearing,

    /// <summary>It is over.</summary>
    Done,

    /// <summary>The tenant lives in the source; its copy in the target goes.</summary>
    Aborting,

    /// <summary>It is over, and the tenant lives in the source as before.</summary>
    Failed,
}

/// <summary>The last move of a tenant.</summary>
/// <param name="Agency">The tenant's.</param>
/// <param name="Copied">The log is in the target up to this sequence.</param>
/// <param name="Attempt">The number of the last try to switch.</param>
/// <param name="Tries">How many tries this move has made.</param>
/// <param name="Number">Counts the tenant's moves.</param>
/// <param name="SinceSwitch">Since the tenant lives in the target, by the database's clock.</param>
internal sealed record TenantMove(
    string Tenant, string Agency, string Source, string Target, MoveState State, DateTimeOffset RequestedAt, long Copied,
    long Attempt, long Tries, DateTimeOffset? SwitchedAt, TimeSpan? SinceSwitch, DateTimeOffset? FinishedAt, string? Failure, int Number);
