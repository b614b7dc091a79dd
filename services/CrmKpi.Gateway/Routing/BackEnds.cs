using System.Net;
using CrmKpi.Hosting.Grpc.Health;
using CrmKpi.Hosting.Health;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace CrmKpi.Gateway.Routing;

/// <summary>The services behind the gateway, from <see cref="GatewayOptions"/>.</summary>
internal sealed class BackEnds(IOptions<GatewayOptions> options) : IProxyConfigProvider
{
    private static readonly TimeSpan ProbeMax = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReactivateAfter = TimeSpan.FromSeconds(5);

    private readonly Config _config = new(RouteTable.Routes(TimeSpan.FromSeconds(options.Value.TotalSecondsMax)),
    [
        Cluster(RouteTable.Ingestion, options.Value.Ingestion, options.Value),
        Cluster(RouteTable.Query, options.Value.Query, options.Value),
        Cluster(RouteTable.Projections, options.Value.Projections, options.Value),
        Grpc(RouteTable.IngestionGrpc, options.Value.IngestionHttp2, options.Value),
        Grpc(RouteTable.QueryGrpc, options.Value.QueryHttp2, options.Value),
    ]);

    public IProxyConfig GetConfig() => _config;

    /// <summary>The gateway is ready while it can reach any of its services: one that is down takes only its own routes along.</summary>
    public static ReadinessCheck Readiness(IServiceProvider services) => new("backends", _ =>
    {
        var clusters = services.GetRequiredService<IProxyStateLookup>().GetClusters();
        return ValueTask.FromResult(clusters.Any(IsReachable) ? null : "no service is reachable");
    });

    /// <summary>The services that gRPC calls are passed on to, with their health.</summary>
    public static void AddForwardedServices(IServiceCollection registry)
    {
        foreach (var (cluster, contract) in RouteTable.GrpcTable)
            registry.AddSingleton(services =>
            {
                var proxy = services.GetRequiredService<IProxyStateLookup>();
                return new ForwardedService(contract, () => proxy.TryGetCluster(cluster, out var state) && IsReachable(state));
            });
    }

    private static bool IsReachable(ClusterState cluster) =>
        cluster.Destinations.Values.Any(d => d.Health.Active != DestinationHealth.Unhealthy);

    /// <summary>Calls are HTTP/2 all the way: their status comes in trailers.</summary>
    private static ClusterConfig Grpc(string id, string urls, GatewayOptions options) => Cluster(id, urls, options) with
    {
        HttpRequest = new ForwarderRequestConfig
        {
            ActivityTimeout = TimeSpan.FromSeconds(options.GrpcActivitySecondsMax),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        },
    };

    private static ClusterConfig Cluster(string id, string urls, GatewayOptions options) => new()
    {
        ClusterId = id,
        LoadBalancingPolicy = options.LoadBalancing,
        Destinations = GatewayOptions.ListOf(urls).Index()
            .ToDictionary(d => $"{id}-{d.Index}", d => new DestinationConfig { Address = d.Item }),
        HttpRequest = new ForwarderRequestConfig
        {
            ActivityTimeout = TimeSpan.FromSeconds(options.ActivitySecondsMax),
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        },
        HealthCheck = new HealthCheckConfig
        {
            // When all look unhealthy each is tried: a service that has just come back is used at once.
            AvailableDestinationsPolicy = HealthCheckConstants.AvailableDestinations.HealthyOrPanic,
            Active = new ActiveHealthCheckConfig
            {
                Enabled = true,
                Interval = TimeSpan.FromSeconds(options.HealthSecondsInterval),
                Timeout = ProbeMax,
                Policy = HealthCheckConstants.ActivePolicy.ConsecutiveFailures,
                Path = "/health/ready",
            },
            Passive = new PassiveHealthCheckConfig
            {
                Enabled = true,
                Policy = HealthCheckConstants.PassivePolicy.TransportFailureRate,
                ReactivationPeriod = ReactivateAfter,
            },
        },
    };

    private sealed record Config(IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters) : IProxyConfig
    {
        // The configuration of a process never changes.
        public IChangeToken ChangeToken { get; } = new CancellationChangeToken(CancellationToken.None);
    }
}
