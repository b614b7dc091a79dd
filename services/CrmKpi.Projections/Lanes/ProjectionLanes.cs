using System.Diagnostics;
using CrmKpi.Domain.Cube;
using CrmKpi.Hosting.Startup;
using CrmKpi.Postgres;
using CrmKpi.ReadModels.Generations;
using CrmKpi.ReadModels.Store;
using CrmKpi.ReadModels.Verification;
using Microsoft.Extensions.Options;

namespace CrmKpi.Projections.Lanes;

/// <summary>
/// The projection lanes of this process over one database, one lease session after another. Within a session: leases are renewed, workers take
/// turns, notifications and a poll behind them bring work. When the session is lost, everything stops before the next begins.
/// </summary>
public sealed class ProjectionLanes(
    Database database, string connectionString, EventLog.EventLog log, LaneOptions options, ILogger<ProjectionLanes> logger)
{
    private static readonly TimeSpan SessionPause = TimeSpan.FromMilliseconds(500);
    private static readonly string WorkSql = Sql.Text<ProjectionLanes>("Sql.tenants_with_work.sql");

    private volatile LaneLeases? _leases;
    private long _polledAt = Stopwatch.GetTimestamp();

    /// <summary>The database's name.</summary>
    public string Database => database.Name;

    /// <summary>Slots that this process works on.</summary>
    public int HeldSlots => _leases?.Slots.HeldCount ?? 0;

    /// <summary>Projection processes alive, this one included; 0 = no session.</summary>
    public int Processes => _leases?.Processes ?? 0;

    /// <summary>Since the last look for tenants with work that was answered.</summary>
    public TimeSpan PollAge => Stopwatch.GetElapsedTime(Volatile.Read(ref _polledAt));

    /// <summary>Works until cancelled, whatever happens to the database.</summary>
    public async Task Run(CancellationToken ct)
    {
        using var gauges = LaneTelemetry.Observe(this);
        while (!ct.IsCancellationRequested)
            try
            {
                await using var leases = await LaneLeases.Open(connectionString, ct);
                _leases = leases;
                await RunSession(leases, ct);
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LaneLog.SessionLost(logger, e);
                await Task.Delay(SessionPause, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            finally
            {
                _leases = null;
            }
    }

    private async Task RunSession(LaneLeases leases, CancellationToken ct)
    {
        using var session = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var notifier = new CubeNotifier(database);
        var services = new LaneServices(
            log, new ProjectionStore(database), new GenerationStore(database), new VerificationStore(database), notifier,
            options, logger);
        var scheduler = new LaneScheduler(services, leases.Slots);
        using var look = new SemaphoreSlim(0);
        Task[] tasks =
        [
            Renew(leases, look, session.Token),
            scheduler.Run(session.Token),
            notifier.Run(session.Token),
            Listen(scheduler, session.Token),
            Poll(scheduler, look, session.Token),
        ];
        var first = await Task.WhenAny(tasks);
        await session.CancelAsync();
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private async Task Renew(LaneLeases leases, SemaphoreSlim look, CancellationToken ct)
    {
        var known = (Held: -1, Processes: -1);
        while (true)
        {
            if ((await leases.Renew(ct)).Count > 0)
                look.Release();
            if (known != (leases.Slots.HeldCount, leases.Processes))
            {
                known = (leases.Slots.HeldCount, leases.Processes);
                LaneLog.Leases(logger, known.Held, known.Processes);
            }
            await Task.Delay(TimeSpan.FromSeconds(options.LeaseSeconds), ct);
        }
    }

    private async Task Listen(LaneScheduler scheduler, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
            try
            {
                await foreach (var (tenant, sequence) in log.Listen(ct))
                    scheduler.Enqueue(tenant, sequence);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                LaneLog.PollFailed(logger, e);
                await Task.Delay(SessionPause, ct);
            }
    }

    private async Task Poll(LaneScheduler scheduler, SemaphoreSlim look, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await using var command = database.DataSource.CreateCommand(WorkSql);
                command.Parameters.Add(new() { Value = Measures.RulesVersion });
                await using var reader = await command.ExecuteReaderAsync(ct);
                while (await reader.ReadAsync(ct))
                    scheduler.Enqueue(reader.GetString(0), reader.GetInt64(1), reader.GetInt32(2));
                Volatile.Write(ref _polledAt, Stopwatch.GetTimestamp());
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                LaneLog.PollFailed(logger, e);
            }
            await look.WaitAsync(TimeSpan.FromSeconds(options.PollSeconds), ct);
        }
    }
}

/// <summary>Runs lanes over each database from the end of the start on.</summary>
internal sealed class LaneService(
    Database database, IOptions<PostgresOptions> postgres, IOptions<LaneOptions> options, Readiness readiness,
    ILoggerFactory loggers) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.Wait(stoppingToken);
        await Task.WhenAll(database.All.Select(one => Run(one, stoppingToken)));
    }

    private async Task Run(Database one, CancellationToken ct)
    {
        await using var log = new EventLog.EventLog(one, loggers.CreateLogger<EventLog.EventLog>());
        var connectionString = DatabaseRoles.In(postgres.Value.ConnectionStringOf(one.Name), DatabaseRoles.Project);
        await new ProjectionLanes(one, connectionString, log, options.Value, loggers.CreateLogger<ProjectionLanes>()).Run(ct);
    }
}

/// <summary>The lanes as a feature of a service.</summary>
public static class LaneExtensions
{
    /// <summary>Adds the event log, the lanes and what they store.</summary>
    public static IServiceCollection AddLanes(this IServiceCollection services) => services
        .AddSingleton<EventLog.EventLog>()
        .AddSingleton<GenerationStore>()
        .AddSingleton<VerificationStore>()
        .AddHostedService<LaneService>();
}
