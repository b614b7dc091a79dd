using CrmKpi.Postgres;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CrmKpi.Hosting.Startup;

/// <summary>Keeps what is known of where tenants live fresh; does nothing where there is one database.</summary>
internal sealed partial class HomeWatch(Database database, Readiness readiness, ILogger<HomeWatch> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (database.Homes is not { } homes)
            return;
        await readiness.Wait(stoppingToken);
        await homes.Run(e => LogFailed(e.Message), stoppingToken);
    }

    [LoggerMessage(1108, LogLevel.Warning, "The main database could not be asked where tenants live: {Reason}")]
    private partial void LogFailed(string reason);
}
