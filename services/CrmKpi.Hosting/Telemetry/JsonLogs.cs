using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace CrmKpi.Hosting.Telemetry;

/// <summary>Logs as one JSON object a line on standard output, with the request id and the trace in their scopes.</summary>
public static class JsonLogs
{
    private static readonly Dictionary<string, string?> Levels = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information",
        ["Logging:LogLevel:System.Net.Http"] = "Warning",
        ["Logging:LogLevel:Npgsql"] = "Warning",
        ["Logging:LogLevel:Yarp"] = "Warning",
    };

    /// <summary>Sets the levels (any of them can be changed by configuration) and the format.</summary>
    public static WebApplicationBuilder AddJsonLogs(this WebApplicationBuilder builder, string service)
    {
        // Defaults go first, so that files, environment and arguments win.
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(
            0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = Levels });
        builder.Environment.ApplicationName = $"CrmKpi.{char.ToUpperInvariant(service[0])}{service[1..]}";
        builder.Logging.ClearProviders();
        builder.Logging.Configure(o =>
            o.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        builder.Logging.AddJsonConsole(o =>
        {
            o.IncludeScopes = true;
            o.UseUtcTimestamp = true;
            o.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            o.JsonWriterOptions = new JsonWriterOptions { Indented = false };
        });
        return builder;
    }
}
