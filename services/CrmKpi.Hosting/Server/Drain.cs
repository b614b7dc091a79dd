using CrmKpi.Hosting.Startup;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CrmKpi.Hosting.Server;

/// <summary>
/// Leaves without anybody noticing: 1. not ready any more, 2. for a while still takes requests, so that whoever sends them here learns
/// of it, 3. only then the server stops listening and finishes what is under way.
/// </summary>
internal sealed partial class Drain(
    Readiness readiness, IOptions<ServerOptions> options, TimeProvider time, ILogger<Drain> logger) : IHostedLifecycleService
{
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        readiness.Stopping();
        if (options.Value.DrainSeconds == 0 || !readiness.HasStarted)
            return;
        LogDraining(options.Value.DrainSeconds);
        await Task.Delay(TimeSpan.FromSeconds(options.Value.DrainSeconds), time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1121, LogLevel.Information, "Stopping: requests are still taken for {Seconds} seconds")]
    private partial void LogDraining(double seconds);
}
