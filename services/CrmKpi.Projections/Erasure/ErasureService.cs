using CrmKpi.Hosting.Startup;
using CrmKpi.Postgres.Erasure;
using Npgsql;

namespace CrmKpi.Projections.Erasure;

/// <summary>
/// Goes on with the deletions that are under way, whichever instance took the request: a chunk of each in turn, until
/// none is left; then it looks again when it is woken, or after a while.
/// </summary>
internal sealed partial class ErasureService(
    TenantErasure erasure, Readiness readiness, ILogger<ErasureService> logger) : BackgroundService
{
    private const int TenantsMax = 100;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _wake = new(0);

    /// <summary>There is a new deletion: this instance begins at once.</summary>
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
        {
            try
            {
                if (await Round(stoppingToken))
                    continue;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                LogFailed(e);
            }
            await _wake.WaitAsync(Pause, stoppingToken);
        }
    }

    /// <summary>One chunk of each deletion; true when there is more to do here.</summary>
    private async Task<bool> Round(CancellationToken ct)
    {
        var hasMore = false;
        foreach (var tenant in await erasure.Open(TenantsMax, ct))
        {
            if (await erasure.Step(tenant, ct))
                hasMore = true;
            else if (await erasure.Find(tenant, ct) is { FinishedAt: not null } done)
                LogErased(tenant, done.Erased.Values.Sum());
        }
        return hasMore;
    }

    [LoggerMessage(3040, LogLevel.Information, "Tenant {Tenant} is erased: {Rows} rows, and a scan that found none")]
    private partial void LogErased(string tenant, long rows);

    [LoggerMessage(3041, LogLevel.Warning, "Erasing a tenant failed; it goes on in a moment")]
    private partial void LogFailed(Exception exception);
}
