using System.Diagnostics;
using System.Diagnostics.Metrics;
using CrmKpi.Hosting.Startup;
using CrmKpi.Postgres;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CrmKpi.Hosting.Telemetry;

/// <summary>
/// How far the read models are behind the log, asked of the database itself by several services: a projection that is dead, or that
/// reads nothing more, cannot look healthy. What could not be asked grows older, and its age is part of the lag.
/// </summary>
internal sealed partial class LagGauge(Database database, Readiness readiness, ILogger<LagGauge> logger) : BackgroundService
{
    /// <summary>Source of metrics.</summary>
    public const string Name = "CrmKpi.Hosting";

    private const int AnswerSecondsMax = 10;
    private const string Sql = "SELECT events, seconds, tenants_behind, parked, database_bytes FROM kpi.lag()";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private volatile Measured _last = new(0, 0, 0, 0, 0, Stopwatch.GetTimestamp());

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.Wait(stoppingToken);
        using var meter = Observe();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                _last = await Ask(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                LogFailed(e.Message);
            }
            await Task.Delay(Interval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<Measured> Ask(CancellationToken ct)
    {
        var asked = Stopwatch.GetTimestamp();
        // Measuring is no part of anybody's trace.
        Activity.Current = null;
        await using var command = database.DataSource.CreateCommand(Sql);
        command.CommandTimeout = AnswerSecondsMax;
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new Measured(
            reader.GetInt64(0), reader.GetDouble(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), asked);
    }

    private Meter Observe()
    {
        var meter = new Meter(Name);
        meter.CreateObservableGauge(
            "crmkpi.projection.lag.events", () => _last.Events, "{event}", "Events that read models lack, of all tenants.");
        meter.CreateObservableGauge(
            "crmkpi.projection.lag.duration", () => _last.Seconds + Math.Max(0, (_last.Age - Interval).TotalSeconds), "s",
            "Age of the oldest event that read models lack, and of this knowledge itself.");
        meter.CreateObservableGauge(
            "crmkpi.projection.measured.age", () => _last.Age.TotalSeconds, "s", "Time since the lag was last measured.");
        meter.CreateObservableGauge(
            "crmkpi.projection.tenants.behind", () => _last.TenantsBehind, "{tenant}", "Tenants whose read models lack events.");
        meter.CreateObservableGauge(
            "crmkpi.projection.parked", () => _last.Parked, "{generation}", "Generations that stand still at an event they cannot fold.");
        meter.CreateObservableGauge("crmkpi.database.size", () => _last.DatabaseBytes, "By", "Size of the database.");
        return meter;
    }

    [LoggerMessage(1131, LogLevel.Warning, "The lag of the read models could not be measured: {Reason}")]
    private partial void LogFailed(string reason);

    private sealed record Measured(long Events, double Seconds, long TenantsBehind, long Parked, long DatabaseBytes, long At)
    {
        public TimeSpan Age => Stopwatch.GetElapsedTime(At);
    }
}

/// <summary>The lag as a feature of a service.</summary>
public static class LagExtensions
{
    /// <summary>Measures it when metrics are exported. For services whose role may ask, and that come with the read models' schema.</summary>
    public static WebApplicationBuilder AddLagGauge(this WebApplicationBuilder builder)
    {
        if (builder.Configuration.Exports(Signal.Metrics))
            builder.Services.AddHostedService<LagGauge>();
        return builder;
    }
}
