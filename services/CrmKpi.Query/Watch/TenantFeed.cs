using System.Diagnostics;
using CrmKpi.Domain.Cube;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;
using CrmKpi.ReadModels;
using Npgsql;

namespace CrmKpi.Query.Watch;

/// <summary>A look at a tenant's cube; the next one follows when it may have moved.</summary>
/// <param name="Snapshot">Null before the first look, and without a read model.</param>
/// <param name="End">Why there will be no further one.</param>
internal sealed record FeedTick(CubeSnapshot? Snapshot, Exception? End)
{
    private readonly TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the next one is there.</summary>
    public Task Next => _next.Task;

    public void Pass() => _next.TrySetResult();
}

/// <summary>
/// Follows one tenant's cube for all who watch it: 1. hears that it has moved, 2. reads what is new, once for all, 3. lets the
/// watchers know. At most once in the interval. Watchers take the latest tick: a slow one misses some, and holds up nobody.
/// </summary>
internal sealed partial class TenantFeed : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly string _tenant;
    private readonly TenantCubes _cubes;
    private readonly TenantStore _tenants;
    private readonly TimeSpan _interval;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _following;
    private volatile FeedTick _tick = new(null, null);

    public TenantFeed(string tenant, TenantCubes cubes, TenantStore tenants, TimeSpan interval, ILogger logger)
    {
        (_tenant, _cubes, _tenants, _interval, _logger) = (tenant, cubes, tenants, interval, logger);
        _following = Task.Run(Follow);
    }

    /// <summary>How many watch. Changed by <see cref="KpiWatch"/> under its lock.</summary>
    public int Watchers { get; set; }

    /// <summary>The latest look.</summary>
    public FeedTick Tick => _tick;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        _stop.Dispose();
    }

    private async Task Follow()
    {
        var ct = _stop.Token;
        while (!ct.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                // 1. Asked before the look, so that what moves during it is not missed.
                var moved = _cubes.Moved(_tenant, ct);

                // 2. No measure is asked for: those held are brought up to date, and watchers ask for theirs.
                var snapshot = await _cubes.GetNewest(_tenant, [], ct);
                if (snapshot is null && await _tenants.Find(_tenant, ct) is null)
                {
                    Publish(new FeedTick(null, new ProblemException(KnownProblems.NoSuchTenant)));
                    return;
                }

                // 3. Then wait until there is more to tell, and until it is time.
                Publish(new FeedTick(snapshot, null));
                await moved;
                if (_interval - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } rest)
                    await Task.Delay(rest, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                // Watchers wait: what they have was right when they got it, and heartbeats go on.
                LogFailed(_logger, _tenant, e.Message);
                await Task.Delay(RetryAfter, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e)
            {
                Publish(new FeedTick(null, e));
                return;
            }
        }
    }

    private void Publish(FeedTick tick)
    {
        var last = _tick;
        _tick = tick;
        last.Pass();
    }

    [LoggerMessage(4001, LogLevel.Warning, "The watched tenant {Tenant} cannot be read just now: {Reason}")]
    private static partial void LogFailed(ILogger logger, string tenant, string reason);
}
