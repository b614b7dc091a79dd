using CrmKpi.Hosting.Startup;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Erasure;
using CrmKpi.ReadModels.Privacy;

namespace CrmKpi.Projections.Erasure;

/// <summary>Goes on with what is being deleted or forgotten: a chunk of each in turn, until none is left.</summary>
internal sealed partial class ErasureService(
    TenantErasure erasure, [FromKeyedServices(DatabaseRoles.Privacy)] Database database, Readiness readiness,
    ILogger<ErasureService> logger)
    : RoundService(readiness, TimeSpan.FromSeconds(5))
{
    protected override async Task<bool> Round(CancellationToken ct)
    {
        var hasMore = await Try(EraseRound, LogFailed, ct);
        foreach (var one in database.All)
            hasMore |= await Try(stop => ForgetRound(new PersonForgetting(one), stop), LogFailed, ct);
        return hasMore;
    }

    /// <summary>One chunk of each deletion; true when there is more to do here. One whose database is away holds up no other.</summary>
    private async Task<bool> EraseRound(CancellationToken ct)
    {
        var hasMore = false;
        foreach (var tenant in await erasure.Open(TenantsMax, ct))
            hasMore |= await Try(stop => Erase(tenant, stop), LogFailed, ct);
        return hasMore;
    }

    private async Task<bool> Erase(string tenant, CancellationToken ct)
    {
        if (await erasure.Step(tenant, ct))
            return true;
        if (await erasure.Find(tenant, ct) is { FinishedAt: not null } done)
            LogErased(tenant, done.Erased.Values.Sum());
        return false;
    }

    /// <summary>One step of each forgetting in a database; true when there is more to do here.</summary>
    private async Task<bool> ForgetRound(PersonForgetting forgetting, CancellationToken ct)
    {
        var hasMore = false;
        foreach (var (tenant, id) in await forgetting.Open(TenantsMax, ct))
        {
            if (await forgetting.Step(tenant, id, ct))
                hasMore = true;
            else if (await forgetting.Find(tenant, id, ct) is { FinishedAt: not null } done)
                LogForgotten(tenant, id, done.Events);
        }
        return hasMore;
    }

    [LoggerMessage(3040, LogLevel.Information, "Tenant {Tenant} is erased: {Rows} rows, and a scan that found none")]
    private partial void LogErased(string tenant, long rows);

    [LoggerMessage(3042, LogLevel.Information, "Tenant {Tenant} has forgotten a person ({Id}): {Events} events masked")]
    private partial void LogForgotten(string tenant, Guid id, long events);

    [LoggerMessage(3041, LogLevel.Warning, "Erasing failed; it goes on in a moment")]
    private partial void LogFailed(Exception exception);
}
