using CrmKpi.EndToEnd.Tests.Telemetry.Otlp;

namespace CrmKpi.EndToEnd.Tests.Telemetry;

/// <summary>What a metric is called in Prometheus: dots become underscores, the unit and <c>_total</c> stand behind.</summary>
/// <remarks>https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/</remarks>
internal static class PrometheusName
{
    private static readonly Dictionary<string, string> Units = new()
    {
        ["s"] = "seconds",
        ["By"] = "bytes",
        ["1"] = "ratio",
        ["%"] = "percent",
    };

    public static string Of(Metric metric)
    {
        var name = metric.Name.Replace('.', '_');
        // A unit in braces is a remark.
        if (Units.TryGetValue(metric.Unit, out var unit) && !name.EndsWith($"_{unit}", StringComparison.Ordinal)
            && !(metric.Unit == "1" && metric.DataCase != Metric.DataOneofCase.Gauge))
            name = $"{name}_{unit}";
        return metric is { DataCase: Metric.DataOneofCase.Sum, Sum.IsMonotonic: true } ? $"{name}_total" : name;
    }
}
