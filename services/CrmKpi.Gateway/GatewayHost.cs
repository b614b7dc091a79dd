using CrmKpi.Gateway.Cors;
using CrmKpi.Gateway.Docs;
using CrmKpi.Gateway.Limits;
using CrmKpi.Gateway.OpenApi;
using CrmKpi.Gateway.Routing;
using CrmKpi.Gateway.Tls;
using CrmKpi.Hosting;
using CrmKpi.Hosting.Configuration;
using CrmKpi.Hosting.Health;

namespace CrmKpi.Gateway;

/// <summary>
/// The only door: limits and routes. It is trusted by nobody: each service authenticates the caller itself. Serves HTTP/1.1 on
/// <c>urls</c>, with TLS (and HTTP/2) on those that begin with <c>https</c>; <c>Kestrel:Endpoints</c> adds HTTP/2 without TLS
/// (<c>Protocols: Http2</c>) on a port of its own.
/// </summary>
public static class GatewayHost
{
    /// <summary>Builds the gateway without starting it.</summary>
    /// <param name="args">Command line configuration.</param>
    /// <param name="configure">Last word on configuration and services.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        // Before the server opens its endpoints: what holds for each of them.
        builder.AddTls();
        builder.AddRequestLimits();
        builder.AddCrmKpiServer("gateway");
        builder.AddStrictOptions<GatewayOptions>(GatewayOptions.Section);
        builder.AddGatewayProxy();
        builder.AddCompression();
        builder.AddGatewayCors();
        builder.AddReadinessCheck(BackEnds.Readiness);
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseForwardedClients();
        app.UseSecurityHeaders();
        app.UseTls();
        app.UseGatewayCors();
        app.MapCrmKpiDefaults([.. RouteTable.Contracts]);
        app.UseRequestLimits();
        app.UseCompression();
        app.UseVersions();
        app.UseBodyLimits();
        app.UseStatusForReset();
        app.MapOpenApi();
        app.MapDocs();
        app.MapGatewayProxy();
        return app;
    }
}
