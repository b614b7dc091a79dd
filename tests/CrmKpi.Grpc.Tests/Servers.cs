using CrmKpi.Gateway;
using CrmKpi.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace CrmKpi.Grpc.Tests;

/// <summary>Servers of the product's making: one with services of a test, and the product's gateway with one more route to it.</summary>
internal static class Servers
{
    private const string Nowhere = "http://127.0.0.1:9";
    private const string AnyPort = "http://127.0.0.1:0";
    private const string Cluster = "test";

    /// <summary>Where it serves HTTP/1.1.</summary>
    public static Uri Http1(this WebApplication server) => new(server.Urls.First());

    /// <summary>Where it serves HTTP/2.</summary>
    public static Uri Http2(this WebApplication server) => new(server.Urls.Last());

    public static async Task<WebApplication> Start(
        Action<WebApplication> map, ErrorLog errors, params IReadOnlyList<string> settings)
    {
        var builder = WebApplication.CreateSlimBuilder([$"--urls={AnyPort}", $"--Server:Http2Urls={AnyPort}", .. settings]);
        builder.AddCrmKpiServer("test");
        builder.Logging.ClearProviders().AddProvider(errors);
        var server = builder.Build();
        server.MapCrmKpiDefaults();
        map(server);
        await server.StartAsync();
        return server;
    }

    /// <summary>A gateway in front of a server; of the product's own services none can be reached.</summary>
    /// <param name="server">Serves what is at <c>/grpc.testing.TestService</c>.</param>
    /// <param name="silenceMax">Gives a call up on which nothing moves.</param>
    public static async Task<WebApplication> StartGateway(Uri server, TimeSpan? silenceMax = null)
    {
        var route = new RouteConfig
        {
            RouteId = Cluster,
            ClusterId = Cluster,
            Match = new RouteMatch { Path = "/grpc.testing.TestService/{method}" },
        };
        var cluster = new ClusterConfig
        {
            ClusterId = Cluster,
            HttpRequest = new ForwarderRequestConfig
            {
                ActivityTimeout = silenceMax,
                Version = System.Net.HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            },
            Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = server.ToString() } },
        };
        var gateway = GatewayHost.Build(
            [
                $"--urls={AnyPort}", $"--Server:Http2Urls={AnyPort}", $"--Gateway:Ingestion={Nowhere}",
                $"--Gateway:Query={Nowhere}", $"--Gateway:Projections={Nowhere}", $"--Gateway:IngestionHttp2={Nowhere}",
                "--Gateway:HealthSecondsInterval=0.2",
            ],
            builder =>
            {
                builder.Logging.ClearProviders();
                builder.Services.AddSingleton<IProxyConfigProvider>(new InMemoryConfigProvider([route], [cluster]));
            });
        await gateway.StartAsync();
        return gateway;
    }
}

/// <summary>Keeps the errors of a log.</summary>
public sealed class ErrorLog : ILoggerProvider, ILogger
{
    private readonly List<string> _errors = [];

    /// <summary>So far.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (_errors)
                return [.. _errors];
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel < LogLevel.Error)
            return;
        lock (_errors)
            _errors.Add($"{formatter(state, exception)} {exception}");
    }

    public void Dispose()
    {
    }
}
