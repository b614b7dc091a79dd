namespace CrmKpi.ReadModels.Generations;

/// <summary>What a generation is for. The names in lower case are a storage format.</summary>
public enum GenerationStatus
{
    /// <summary>Answers come from it.</summary>
    Live,

    /// <summary>Being built beside the live one, which it will replace.</summary>
    Building,

    /// <summary>Being built to be compared with the live one, then dropped.</summary>
    Verifying,

    /// <summary>Being deleted in chunks.</summary>
    Dropping,
}

/// <summary>One build of a tenant's read models.</summary>
/// <param name="Settings">The serialized settings that it counts under.</param>
/// <param name="HasFacts">False as long as nothing but settings was seen.</param>
/// <param name="Sequence">Its checkpoint: the last event that facts and cube reflect.</param>
/// <param name="ParkedReason">Why its lane has stopped; null when it runs.</param>
public sealed record Generation(
    string Tenant, int Number, int RulesVersion, GenerationStatus Status, byte[] Settings, string CountingKey,
    bool HasFacts, long Sequence, string? ParkedReason)
{
    private const int NumbersOfLife = 1_000_000;

    /// <summary>Which stay of the tenant in a database a number belongs to: it begins anew with each move of the tenant.</summary>
    public static int LifeOf(int number) => number / NumbersOfLife;

    /// <summary>The first number of the stay that a move begins.</summary>
    /// <exception cref="OverflowException">The tenant was moved more than two thousand times.</exception>
    public static int FirstOfLife(int move) => checked(move * NumbersOfLife + 1);
}

/// <summary>
/// The generation does not stand where the lane believed, or is no longer there: another lane has it. Nothing was written.
/// </summary>
public sealed class LaneLostException(string tenant, int generation, long sequence, Exception? inner = null) : Exception(
    $"Generation {generation} of tenant '{tenant}' is no longer at sequence {sequence}: another lane has moved it.", inner)
{
    public string Tenant { get; } = tenant;
}
