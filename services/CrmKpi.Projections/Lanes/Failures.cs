using System.Net.Sockets;
using CrmKpi.ReadModels.Generations;
using Npgsql;

namespace CrmKpi.Projections.Lanes;

/// <summary>What a failed batch means.</summary>
internal enum FailureKind
{
    /// <summary>The tenant belongs to somebody else: read everything again before going on.</summary>
    LaneLost,

    /// <summary>The database or the network is in trouble: try again, as long as it takes.</summary>
    Transient,

    /// <summary>It would fail again in the same way: find the event.</summary>
    Deterministic,
}

internal static class Failures
{
    /// <summary>Classes of SQLSTATE that are about the server, not the statement.</summary>
    private static readonly string[] TransientClasses = ["08", "25", "40", "53", "55", "57", "58"];

    private const string UniqueViolation = "23505";

    public static FailureKind KindOf(Exception e) => e switch
    {
        LaneLostException => FailureKind.LaneLost,
        // Only the dictionary has keys that two lanes can both want; what was known of it is outdated.
        PostgresException { SqlState: UniqueViolation } => FailureKind.LaneLost,
        PostgresException p => p.IsTransient || TransientClasses.Any(c => p.SqlState.StartsWith(c, StringComparison.Ordinal))
            ? FailureKind.Transient
            : FailureKind.Deterministic,
        NpgsqlException or SocketException or IOException or TimeoutException => FailureKind.Transient,
        _ => FailureKind.Deterministic,
    };
}
