namespace CrmKpi.Projections.Lanes;

/// <summary>What lanes log. Alerts hang on the event ids.</summary>
internal static partial class LaneLog
{
    [LoggerMessage(3001, LogLevel.Information, "Leases: {Held} of 256 slots, {Processes} processes")]
    public static partial void Leases(ILogger logger, int held, int processes);

    [LoggerMessage(3002, LogLevel.Warning, "The lease session is lost; all lanes have stopped and begin again")]
    public static partial void SessionLost(ILogger logger, Exception exception);

    [LoggerMessage(3003, LogLevel.Warning, "Looking for tenants with work failed; the next look comes in a moment")]
    public static partial void PollFailed(ILogger logger, Exception exception);

    [LoggerMessage(3010, LogLevel.Information, "Generation {Generation} of tenant {Tenant} is no longer at {Sequence}: another lane moved it")]
    public static partial void Lost(ILogger logger, string tenant, int generation, long sequence);

    [LoggerMessage(3011, LogLevel.Warning, "A batch of tenant {Tenant}, generation {Generation}, after {Sequence} ({Events} events) failed; it is tried again")]
    public static partial void BatchFailed(
        ILogger logger, Exception exception, string tenant, int generation, long sequence, int events);

    [LoggerMessage(3012, LogLevel.Warning, "A turn of tenant {Tenant} failed; it is tried again")]
    public static partial void TurnFailed(ILogger logger, Exception exception, string tenant);

    [LoggerMessage(3013, LogLevel.Error, "PARKED: generation {Generation} of tenant {Tenant} stopped at event {Sequence} ({Event})")]
    public static partial void Parked(
        ILogger logger, Exception exception, string tenant, int generation, long sequence, string @event);

    [LoggerMessage(3014, LogLevel.Warning, "Tenant {Tenant} has read models of rules version {Theirs}; this process knows {Ours} and leaves them alone")]
    public static partial void NewerRules(ILogger logger, string tenant, int theirs, int ours);

    [LoggerMessage(3020, LogLevel.Information, "A setting of tenant {Tenant} changed how the past is counted: generation {Generation} at {Sequence} gets a successor")]
    public static partial void CountingChanged(ILogger logger, string tenant, int generation, long sequence);

    [LoggerMessage(3021, LogLevel.Information, "Tenant {Tenant}: generation {Old} gave way to {New} at {Sequence}")]
    public static partial void Flipped(ILogger logger, string tenant, int old, int @new, long sequence);

    [LoggerMessage(3022, LogLevel.Information, "Tenant {Tenant} was verified at {Sequence}")]
    public static partial void Verified(ILogger logger, string tenant, long sequence);

    [LoggerMessage(3023, LogLevel.Information, "Tenant {Tenant} was deleted; its lane is let go")]
    public static partial void Gone(ILogger logger, string tenant);
}
