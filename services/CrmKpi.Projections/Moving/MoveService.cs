using CrmKpi.Hosting.Startup;
using CrmKpi.Postgres;
using Npgsql;

namespace CrmKpi.Projections.Moving;

/// <summary>Goes on with the moves of tenants, whichever instance took the request, until each is over.</summary>
internal sealed partial class MoveService(TenantMoving moving, Readiness readiness, ILogger<MoveService> logger)
    : BackgroundService
{
    private const int TenantsMax = 100;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _wake = new(0);

    /// <summary>There is a new one: this instance begins at once.</summary>
    public void Wake() => _wake.Release();

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.Wait(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
            if (!await Round(stoppingToken))
                await _wake.WaitAsync(Pause, stoppingToken);
    }

    /// <summary>One step of each move; true when there is more to do here.</summary>
    private async Task<bool> Round(CancellationToken ct)
    {
        var hasMore = false;
        foreach (var tenant in await Open(ct))
            try
            {
                if (await moving.Step(tenant, ct))
                    hasMore = true;
                else if (await moving.Find(tenant, ct) is { FinishedAt: not null } over)
                    LogOver(tenant, over.Source, over.Target, over.State, over.Failure);
            }
            catch (Exception e) when (IsPassing(e))
            {
                LogFailed(tenant, e);
            }
        return hasMore;
    }

    private async Task<IReadOnlyList<string>> Open(CancellationToken ct)
    {
        try
        {
            return await moving.Open(TenantsMax, ct);
        }
        catch (Exception e) when (IsPassing(e))
        {
            LogFailed("", e);
            return [];
        }
    }

    private static bool IsPassing(Exception e) =>
        e is NpgsqlException or TimeoutException or IOException or TenantMoveException or TenantHomeException;

    [LoggerMessage(3050, LogLevel.Information, "The move of tenant {Tenant} from {Source} to {Target} is over: {State}. {Failure}")]
    private partial void LogOver(string tenant, string source, string target, MoveState state, string? failure);

    [LoggerMessage(3051, LogLevel.Warning, "A step of the move of tenant {Tenant} failed; it goes on in a moment")]
    private partial void LogFailed(string tenant, Exception exception);
}
