using CrmKpi.Hosting.Startup;
using CrmKpi.Postgres;
using Npgsql;

namespace CrmKpi.Projections;

/// <summary>
/// Goes on with work that requests have left in the databases, whichever instance took them: a step of each in turn, until none is
/// left; then it looks again when it is woken, or after a while.
/// </summary>
internal abstract class RoundService(Readiness readiness, TimeSpan pause) : BackgroundService
{
    /// <summary>Tenants of a round.</summary>
    protected const int TenantsMax = 100;

    private readonly SemaphoreSlim _wake = new(0);

    /// <summary>There is something new: this instance begins at once.</summary>
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
                await _wake.WaitAsync(pause, stoppingToken);
    }

    /// <summary>One step of everything; true when there is more to do here.</summary>
    protected abstract Task<bool> Round(CancellationToken ct);

    /// <summary>What fails holds up nothing else, and is tried again in a later round: false then.</summary>
    protected static async Task<bool> Try(
        Func<CancellationToken, Task<bool>> step, Action<Exception> failed, CancellationToken ct)
    {
        try
        {
            return await step(ct);
        }
        catch (Exception e) when (
            e is NpgsqlException or TimeoutException or IOException or TenantMoveException or TenantHomeException)
        {
            failed(e);
            return false;
        }
    }
}
