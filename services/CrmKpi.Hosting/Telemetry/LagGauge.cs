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

    private readonly Dictionary<Database, Measured> _last =
        database.All.ToDictionary(one => one, _ => new Measured(0, 0, 0, 0, 0, Stopwatch.GetTimestamp()));

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.Wait(stoppingToken);
        using var meter = Observe();
        await Task.WhenAll(database.All.Select(one => Watch(one, stoppingToken)));
    }

    private async Task Watch(Database one, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var measured = await Ask(one, ct);
                lock (_last)
                    _last[one] = measured;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                LogFailed(one.Name, e.Message);
            }
            await Task.Delay(Interval, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<Measured> Ask(Database one, CancellationToken ct)
    {
        var asked = Stopwatch.GetTimestamp();
        // Measuring is no part of anybody's trace.
        Activity.Current = null;
        await using var command = one.DataSource.CreateCommand(Sql);
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
            "crmkpi.projection.lag.events", () => Each(last => last.Events), "{event}", "Events that read models lack, of all tenants.");
        meter.CreateObservableGauge(
            "crmkpi.projection.lag.duration",
            () => Each(last => last.Seconds + Math.Max(0, (last.Age - Interval).TotalSeconds)), "s",
            "Age of the oldest event that read models lack, and of this knowledge itself.");
        meter.CreateObservableGauge(
            "crmkpi.projection.measured.age", () => Each(last => last.Age.TotalSeconds), "s", "Time since the lag was last measured.");
        meter.CreateObservableGauge(
            "crmkpi.projection.tenants.behind", () => Each(last => last.TenantsBehind), "{tenant}",
            "Tenants whose read models lack events.");
        meter.CreateObservableGauge(
            "crmkpi.projection.parked", () => Each(last => last.Parked), "{generation}",
            "Generations that stand still at an event they cannot fold.");
        meter.CreateObservableGauge("crmkpi.database.size", () => Each(last => last.DatabaseBytes), "By", "Size of the database.");
        return meter;
    }

    private List<Measurement<T>> Each<T>(Func<Measured, T> value) where T : struct
    {
        lock (_last)
            return [.. _last.Select(last => new Measurement<T>(
                value(last.Value), new KeyValuePair<string, object?>(Database.Attribute, last.Key.Name)))];
    }

    [LoggerMessage(1131, LogLevel.Warning, "The lag of the read models of database {Database} could not be measured: {Reason}")]
    private partial void LogFailed(string database, string reason);

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
