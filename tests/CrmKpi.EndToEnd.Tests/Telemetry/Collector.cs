using System.Buffers.Binary;
using System.Collections.Concurrent;
using CrmKpi.EndToEnd.Tests.Telemetry.Otlp;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace CrmKpi.EndToEnd.Tests.Telemetry;

/// <summary>A span as it came, with the service that sent it.</summary>
public sealed record SentSpan(string Service, string Scope, Span Span)
{
    /// <summary>Its trace, as hexadecimal digits.</summary>
    public string Trace => Convert.ToHexStringLower(Span.TraceId.Span);

    /// <summary>An attribute as text; null without it.</summary>
    public string? this[string key] => Span.Attributes.FirstOrDefault(a => a.Key == key)?.Value is { } value
        ? value.ValueCase == Value.ValueOneofCase.Text ? value.Text : value.Whole.ToString(null, null)
        : null;
}

/// <summary>A log record as it came.</summary>
public sealed record SentLog(string Service, LogRecord Record);

/// <summary>An OpenTelemetry collector: OTLP over gRPC on one port and over HTTP on another, both protobuf.</summary>
public sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<SentSpan> _spans = new();
    private readonly ConcurrentQueue<SentLog> _logs = new();
    private readonly ConcurrentDictionary<(string Service, string Metric), Metric> _metrics = new();

    private readonly ConcurrentDictionary<string, bool> _jobs = new();

    private Collector(WebApplication app) => _app = app;

    /// <summary>For <c>OTEL_EXPORTER_OTLP_PROTOCOL=grpc</c>.</summary>
    public string GrpcUrl => _app.Urls.First();

    /// <summary>For <c>http/protobuf</c>.</summary>
    public string HttpUrl => _app.Urls.Last();

    public IReadOnlyCollection<SentSpan> Spans => _spans;
    public IReadOnlyCollection<SentLog> Logs => _logs;

    /// <summary>Who has sent metrics, as Prometheus names them.</summary>
    public ICollection<string> Jobs => _jobs.Keys;

    /// <summary>The newest report of each instrument of each service.</summary>
    public IReadOnlyDictionary<(string Service, string Metric), Metric> Metrics => _metrics;

    public static async Task<Collector> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        var collector = new Collector(builder.Build());
        collector.Map("trace", "Trace", "traces", TracesRequest.Parser, collector.Keep);
        collector.Map("metrics", "Metrics", "metrics", MetricsRequest.Parser, collector.Keep);
        collector.Map("logs", "Logs", "logs", LogsRequest.Parser, collector.Keep);
        await collector._app.StartAsync();
        return collector;
    }

    /// <summary>The environment of a process that sends here.</summary>
    public Dictionary<string, string> Environment(bool overGrpc) => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = overGrpc ? GrpcUrl : HttpUrl,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = overGrpc ? "grpc" : "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "200",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
    };

    /// <summary>The sum of the points of a gauge, as a service reported it last; null when it did not.</summary>
    public double? Gauge(string service, string metric) => _metrics.TryGetValue((service, metric), out var found)
        ? found.Gauge.Points.Sum(p => p.ValueCase == NumberPoint.ValueOneofCase.Number ? p.Number : p.Whole)
        : null;

    /// <summary>Waits until something holds.</summary>
    public static async Task Until(Func<bool> holds, Func<string> otherwise, int secondsMax = 30)
    {
        for (var end = DateTime.UtcNow.AddSeconds(secondsMax); !holds(); await Task.Delay(50))
            Assert.True(DateTime.UtcNow < end, otherwise());
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void Map<TRequest>(string package, string service, string path, MessageParser<TRequest> parser, Action<TRequest> keep)
        where TRequest : IMessage<TRequest>
    {
        _app.MapPost($"/opentelemetry.proto.collector.{package}.v1.{service}Service/Export", async context =>
        {
            var frame = await ReadAll(context.Request);
            Assert.Equal(frame.Length - 5, BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(1)));
            keep(parser.ParseFrom(frame, 5, frame.Length - 5));
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[5]);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        _app.MapPost($"/v1/{path}", async context =>
        {
            keep(parser.ParseFrom(await ReadAll(context.Request)));
            context.Response.ContentType = "application/x-protobuf";
        });
    }

    private void Keep(TracesRequest request)
    {
        foreach (var resource in request.Resources)
            foreach (var scope in resource.Scopes)
                foreach (var span in scope.Spans)
                    _spans.Enqueue(new SentSpan(ServiceOf(resource.Resource), scope.Scope.Name, span));
    }

    private void Keep(MetricsRequest request)
    {
        foreach (var resource in request.Resources)
        {
            _jobs[$"{AttributeOf(resource.Resource, "service.namespace")}/{ServiceOf(resource.Resource)}"] = true;
            foreach (var metric in resource.Scopes.SelectMany(scope => scope.Metrics))
                _metrics[(ServiceOf(resource.Resource), metric.Name)] = metric;
        }
    }

    private void Keep(LogsRequest request)
    {
        foreach (var resource in request.Resources)
            foreach (var record in resource.Scopes.SelectMany(scope => scope.Records))
                _logs.Enqueue(new SentLog(ServiceOf(resource.Resource), record));
    }

    private static string ServiceOf(Resource resource) => AttributeOf(resource, "service.name");

    private static string AttributeOf(Resource resource, string key) =>
        resource.Attributes.Single(a => a.Key == key).Value.Text;

    private static async Task<byte[]> ReadAll(HttpRequest request)
    {
        using var bytes = new MemoryStream();
        await request.Body.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
