using System.Diagnostics.Metrics;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace CrmKpi.Hosting.Telemetry;

/// <summary>
/// Traces, metrics and logs over OTLP. Nothing is registered, and no instrument costs more than a look whether anybody listens,
/// unless an endpoint is set (<see cref="TelemetryOptions"/>). What is instrumented are the framework's own sources and those of
/// <c>CrmKpi.*</c>, one for each project that has something to say.
/// </summary>
public static class TelemetryExtensions
{
    private const string Namespace = "crmkpi";

    /// <summary>
    /// Time series of one instrument at most; what comes beyond is counted together, marked <c>otel.metric.overflow</c>.
    /// </summary>
    private const int CardinalityMax = 1_000;

    private static readonly string[] Sources =
        ["CrmKpi.*", "Microsoft.AspNetCore", "System.Net.Http", "Npgsql", "Yarp.ReverseProxy"];

    private static readonly string[] Meters =
    [
        "CrmKpi.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "Npgsql",
        "Yarp.ReverseProxy", "System.Runtime",
    ];

    /// <summary>Seconds, from a memory's answer to a slow import.</summary>
    private static readonly double[] SecondsBounds =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private static readonly double[] EventsBounds = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000];

    /// <summary>Exports what the variables ask for.</summary>
    /// <param name="builder">The service being built.</param>
    /// <param name="service">Its name; <c>OTEL_SERVICE_NAME</c> and <c>OTEL_RESOURCE_ATTRIBUTES</c> go before it.</param>
    public static WebApplicationBuilder AddTelemetry(this WebApplicationBuilder builder, string service)
    {
        var configuration = builder.Configuration;
        if (configuration.Exports(Signal.Traces))
            builder.Services.AddSingleton(_ => Traces(service));
        if (configuration.Exports(Signal.Metrics))
            builder.Services.AddSingleton(_ => Metrics(service));
        if (configuration.Exports(Signal.Logs))
            builder.Logging.AddOpenTelemetry(logs =>
            {
                logs.IncludeFormattedMessage = true;
                logs.IncludeScopes = false;
                logs.SetResourceBuilder(ResourceOf(service));
                logs.AddOtlpExporter();
            });
        if (configuration.Exports(Signal.Traces) || configuration.Exports(Signal.Metrics))
            builder.Services.AddHostedService<TelemetryService>();
        return builder;
    }

    private static TracerProvider Traces(string service) =>
        Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(ResourceOf(service))
            .AddSource(Sources)
            .AddOtlpExporter()
            .Build();

    private static MeterProvider Metrics(string service) =>
        Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(ResourceOf(service))
            .SetExemplarFilter(ExemplarFilterType.TraceBased)
            .AddMeter(Meters)
            .AddView(Shape)
            .AddOtlpExporter()
            .Build();

    private static MetricStreamConfiguration Shape(Instrument instrument)
    {
        var bounds = instrument switch
        {
            Histogram<double> { Unit: "s" } own when IsOurs(own) => SecondsBounds,
            Histogram<long> own when IsOurs(own) => EventsBounds,
            _ => null,
        };
        return bounds is null
            ? new MetricStreamConfiguration { CardinalityLimit = CardinalityMax }
            : new ExplicitBucketHistogramConfiguration { Boundaries = bounds, CardinalityLimit = CardinalityMax };
    }

    private static bool IsOurs(Instrument instrument) => instrument.Name.StartsWith("crmkpi.", StringComparison.Ordinal);

    private static ResourceBuilder ResourceOf(string service) => ResourceBuilder.CreateEmpty()
        .AddService(service, Namespace, Version, serviceInstanceId: Environment.MachineName + "-" + Environment.ProcessId)
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();

    private static string? Version => typeof(TelemetryExtensions).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
}

/// <summary>Holds the providers from the start of the service to its end: the last spans and figures are sent before it stops.</summary>
internal sealed class TelemetryService(IServiceProvider services) : IHostedService
{
    private const int FlushMillisecondsMax = 5_000;

    private readonly TracerProvider? _traces = services.GetService<TracerProvider>();
    private readonly MeterProvider? _metrics = services.GetService<MeterProvider>();

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            _traces?.ForceFlush(FlushMillisecondsMax);
            _metrics?.ForceFlush(FlushMillisecondsMax);
        },
        CancellationToken.None);
}
