using CrmKpi.V1;
using Yarp.ReverseProxy.Configuration;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace CrmKpi.Gateway.Routing;

/// <summary>All that is reachable from outside; what is not in this table does not exist (404).</summary>
internal static class RouteTable
{
    public const string Ingestion = "ingestion";
    public const string Query = "query";
    public const string Projections = "projections";
    public const string IngestionGrpc = "ingestion-grpc";
    public const string QueryGrpc = "query-grpc";

    /// <summary>Where events are sent, whose bodies may be long.</summary>
    public const string EventsRoute = "POST /v1/tenants/{tenant}/events";

    private static readonly (string Service, string Route)[] Table =
    [
        (Ingestion, "GET /v1/tenants"),
        (Ingestion, "PUT /v1/tenants/{tenant}"),
        (Ingestion, "GET /v1/tenants/{tenant}"),
        (Ingestion, "PUT /v1/tenants/{tenant}/baseline"),
        (Ingestion, "PUT /v1/tenants/{tenant}/targets"),
        (Ingestion, EventsRoute),
        (Ingestion, "GET /v1/tenants/{tenant}/events"),
        (Ingestion, "GET /v1/tenants/{tenant}/quarantine"),
        (Ingestion, "POST /v1/tenants/{tenant}/quarantine/retry"),
        (Ingestion, "GET /v1/agencies"),
        (Ingestion, "PUT /v1/agencies/{agency}"),
        (Ingestion, "GET /v1/agencies/{agency}"),
        (Ingestion, "GET /v1/agencies/{agency}/audit"),
        (Ingestion, "POST /v1/keys"),
        (Ingestion, "GET /v1/keys"),
        (Ingestion, "POST /v1/keys/{id}/rotate"),
        (Ingestion, "DELETE /v1/keys/{id}"),
        (Ingestion, "PUT /v1/tenants/{tenant}/kpis/{id}"),
        (Ingestion, "GET /v1/tenants/{tenant}/kpis/own"),
        (Ingestion, "GET /v1/tenants/{tenant}/kpis/{id}"),
        (Ingestion, "DELETE /v1/tenants/{tenant}/kpis/{id}"),
        (Ingestion, "PUT /v1/agencies/{agency}/kpis/{id}"),
        (Ingestion, "GET /v1/agencies/{agency}/kpis"),
        (Ingestion, "GET /v1/agencies/{agency}/kpis/{id}"),
        (Ingestion, "DELETE /v1/agencies/{agency}/kpis/{id}"),
        (Ingestion, "POST /v1/tenants/{tenant}/clone"),
        (Ingestion, "PUT /v1/agencies/{agency}/quota"),
        (Ingestion, "GET /v1/agencies/{agency}/usage"),
        (Query, "GET /v1/kpis"),
        (Query, "GET /v1/tenants/{tenant}/kpis"),
        (Query, "GET /v1/tenants/{tenant}/watch"),
        (Query, "GET /v1/tenants/{tenant}/targets"),
        (Query, "GET /v1/tenants/{tenant}/funnel"),
        (Query, "GET /v1/tenants/{tenant}/cohorts"),
        (Query, "GET /v1/tenants/{tenant}/roi"),
        (Query, "GET /v1/tenants/{tenant}/explain"),
        (Projections, "DELETE /v1/tenants/{tenant}"),
        (Projections, "GET /v1/tenants/{tenant}/deletion"),
        (Projections, "POST /v1/tenants/{tenant}/forget"),
        (Projections, "GET /v1/tenants/{tenant}/forget/{id}"),
        (Projections, "POST /v1/tenants/{tenant}/move"),
        (Projections, "GET /v1/tenants/{tenant}/move"),
        (Projections, "DELETE /v1/tenants/{tenant}/move"),
        (Projections, "GET /v1/tenants/{tenant}/projection"),
        (Projections, "POST /v1/tenants/{tenant}/rebuild"),
        (Projections, "POST /v1/tenants/{tenant}/verify"),
        (Projections, "GET /v1/tenants/{tenant}/verify"),
    ];

    /// <summary>gRPC services by the cluster that serves them.</summary>
    public static IReadOnlyList<(string Service, ServiceDescriptor Contract)> GrpcTable { get; } =
    [
        .. EventIngestionReflection.Descriptor.Services.Select(contract => (IngestionGrpc, contract)),
        .. KpiQueryReflection.Descriptor.Services.Select(contract => (QueryGrpc, contract)),
    ];

    /// <summary>The gRPC services that are reachable from outside.</summary>
    public static IReadOnlyList<ServiceDescriptor> Contracts { get; } = [.. GrpcTable.Select(row => row.Contract)];

    /// <summary>The table as routes of the proxy.</summary>
    /// <param name="totalMax">So long may a request take that is no stream.</param>
    public static IReadOnlyList<RouteConfig> Routes(TimeSpan totalMax) =>
    [
        .. Table.Select(row => new RouteConfig
        {
            RouteId = row.Route,
            ClusterId = row.Service,
            Timeout = IsStream(row.Route) ? null : totalMax,
            Match = new RouteMatch
            {
                Methods = [row.Route[..row.Route.IndexOf(' ')]],
                Path = row.Route[(row.Route.IndexOf(' ') + 1)..],
            },
        }),
        .. GrpcTable.Select(row => new RouteConfig
        {
            RouteId = $"gRPC {row.Contract.FullName}",
            ClusterId = row.Service,
            Match = new RouteMatch { Methods = ["POST"], Path = $"/{row.Contract.FullName}/{{method}}" },
        }),
    ];

    /// <summary>Events come, and what is watched goes, for as long as the client wants.</summary>
    private static bool IsStream(string route) => route == EventsRoute || route.EndsWith("/watch", StringComparison.Ordinal);
}
