using Microsoft.Extensions.Configuration;

namespace CrmKpi.Hosting.Telemetry;

/// <summary>A kind of telemetry.</summary>
public enum Signal
{
    /// <summary>Spans.</summary>
    Traces,

    /// <summary>Instruments.</summary>
    Metrics,

    /// <summary>Log records.</summary>
    Logs,
}

/// <summary>
/// What is exported, by the standard variables of OpenTelemetry: a signal goes out when an endpoint is set for it
/// (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, or one of its own), it is not turned off (<c>OTEL_TRACES_EXPORTER=none</c>) and the
/// whole is not (<c>OTEL_SDK_DISABLED=true</c>). Protocol, headers, sampling and intervals are read by the SDK itself.
/// </summary>
/// <remarks>https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/</remarks>
public static class TelemetryOptions
{
    /// <summary>A setting of ours: false keeps a service that shares its process with others from exporting for all of them.</summary>
    public const string Enabled = "Telemetry:Enabled";

    /// <summary>True when a signal is to be exported.</summary>
    public static bool Exports(this IConfiguration configuration, Signal signal)
    {
        var name = signal.ToString().ToUpperInvariant();
        return !Is("true", Variable("OTEL_SDK_DISABLED"))
            && !Is("false", configuration[Enabled])
            && !Is("none", Variable($"OTEL_{name}_EXPORTER"))
            && (Variable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 }
                || Variable($"OTEL_EXPORTER_OTLP_{name}_ENDPOINT") is { Length: > 0 });
    }

    // Where the SDK reads them too.
    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name);

    private static bool Is(string expected, string? text) => string.Equals(text, expected, StringComparison.OrdinalIgnoreCase);
}
