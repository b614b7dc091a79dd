using System.Diagnostics;
using System.Diagnostics.Metrics;
using CrmKpi.Postgres;

namespace CrmKpi.ReadModels.Memory;

/// <summary>What the cubes in memory tell of themselves.</summary>
internal static class CubeTelemetry
{
    /// <summary>Source of spans and of metrics.</summary>
    public const string Name = "CrmKpi.ReadModels";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "crmkpi.cube.refresh.duration", "s", "Reading what a tenant's cube in memory lacks.");

    /// <summary>Begins the span of a refresh; null when the one who asks is not traced.</summary>
    public static Activity? Refreshes(string tenant) =>
        Source.StartActivity(ActivityKind.Internal, name: "refresh cube", tags: [new(TenantKey.SpanAttribute, tenant)]);

    /// <summary>It is done.</summary>
    public static void Refreshed(Activity? span, long? sequence, long began)
    {
        span?.SetTag("crmkpi.sequence", sequence);
        Duration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>Registers the gauges of the cubes of a process.</summary>
    public static Meter Observe(Func<long> bytes, Func<int> tenants)
    {
        var meter = new Meter(Name);
        meter.CreateObservableGauge("crmkpi.cube.size", bytes, "By", "Cubes in memory.");
        meter.CreateObservableGauge("crmkpi.cube.tenants", tenants, "{tenant}", "Tenants whose cube is in memory.");
        return meter;
    }
}
