using CrmKpi.Hosting.Startup;

namespace CrmKpi.Projections.Moving;

/// <summary>Goes on with the moves of tenants until each is over.</summary>
internal sealed partial class MoveService(TenantMoving moving, Readiness readiness, ILogger<MoveService> logger)
    : RoundService(readiness, TimeSpan.FromSeconds(1))
{
    protected override Task<bool> Round(CancellationToken ct) => Try(Steps, e => LogFailed("", e), ct);

    private async Task<bool> Steps(CancellationToken ct)
    {
        var hasMore = false;
        foreach (var tenant in await moving.Open(TenantsMax, ct))
            hasMore |= await Try(stop => Step(tenant, stop), e => LogFailed(tenant, e), ct);
        return hasMore;
    }

    private async Task<bool> Step(string tenant, CancellationToken ct)
    {
        if (await moving.Step(tenant, ct))
            return true;
        if (await moving.Find(tenant, ct) is { FinishedAt: not null } over)
            LogOver(tenant, over.Source, over.Target, over.State, over.Failure);
        return false;
    }

    [LoggerMessage(3050, LogLevel.Information, "The move of tenant {Tenant} from {Source} to {Target} is over: {State}. {Failure}")]
    private partial void LogOver(string tenant, string source, string target, MoveState state, string? failure);

    [LoggerMessage(3051, LogLevel.Warning, "A step of the move of tenant {Tenant} failed; it goes on in a moment")]
    private partial void LogFailed(string tenant, Exception exception);
}
