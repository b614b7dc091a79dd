using CrmKpi.Gateway;
using CrmKpi.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace CrmKpi.Grpc.Tests.Interop;

/// <summary>The test service in a server of the product's making, and the product's gateway in front of it with one more route.</summary>
public sealed class InteropHost : IAsyncLifetime
{
    private const string Nowhere = "http://127.0.0.1:9";
    private const string AnyPort = "http://127.0.0.1:0";

    private WebApplication _server = null!;
    private WebApplication _gateway = null!;

    /// <summary>The server's address for HTTP/2.</summary>
    public Uri Direct { get; private set; } = null!;

    /// <summary>The server's address for HTTP/1.1.</summary>
    public Uri Http1 { get; private set; } = null!;

    /// <summary>The gateway's address for HTTP/2.</summary>
    public Uri Gateway { get; private set; } = null!;

    /// <summary>What the server logged as errors.</summary>
    public ErrorLog Errors { get; } = new();

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder([$"--urls={AnyPort}", $"--Server:Http2Urls={AnyPort}"]);
        builder.AddCrmKpiServer("interop");
        builder.Logging.ClearProviders().AddProvider(Errors);
        _server = builder.Build();
        _server.MapCrmKpiDefaults();
        _server.MapTestService();
        await _server.StartAsync();
        (Http1, Direct) = (new Uri(_server.Urls.First()), new Uri(_server.Urls.Last()));

        _gateway = GatewayHost.Build(
            [
                $"--urls={AnyPort}", $"--Server:Http2Urls={AnyPort}", $"--Gateway:Ingestion={Nowhere}",
                $"--Gateway:Query={Nowhere}", $"--Gateway:Projections={Nowhere}",
                $"--Gateway:IngestionHttp2={Nowhere}",
            ],
            b =>
            {
                b.Logging.ClearProviders();
                b.Services.AddSingleton<IProxyConfigProvider>(
                    new InMemoryConfigProvider([Route("TestService")], [Cluster(Direct)]));
            });
        await _gateway.StartAsync();
        Gateway = new Uri(_gateway.Urls.Last());
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _server.DisposeAsync();
    }

    private static RouteConfig Route(string service) => new()
    {
        RouteId = service,
        ClusterId = "interop",
        Match = new RouteMatch { Path = $"/grpc.testing.{service}/{{method}}" },
    };

    private static ClusterConfig Cluster(Uri server) => new()
    {
        ClusterId = "interop",
        HttpRequest = new ForwarderRequestConfig
        {
            Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        },
        Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = server.ToString() } },
    };
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
