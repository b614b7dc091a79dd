using CrmKpi.Gateway.Limits;
using CrmKpi.Gateway.Routing;
using CrmKpi.Hosting;
using CrmKpi.Hosting.Configuration;
using CrmKpi.Hosting.Health;

namespace CrmKpi.Gateway;

/// <summary>
/// The only door: limits and routes. It is trusted by nobody: each service authenticates the caller itself. Serves HTTP/1.1 on
/// <c>urls</c>; <c>Kestrel:Endpoints</c> adds TLS, or HTTP/2 without TLS (<c>Protocols: Http2</c>) on a port of its own.
/// </summary>
public static class GatewayHost
{
    /// <summary>Builds the gateway without starting it.</summary>
    /// <param name="args">Command line configuration.</param>
    /// <param name="configure">Last word on configuration and services.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddCrmKpiServer("gateway");
        builder.AddStrictOptions<GatewayOptions>(GatewayOptions.Section);
        builder.AddGatewayProxy();
        builder.AddReadinessCheck(BackEnds.Readiness);
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseSecurityHeaders();
        app.MapCrmKpiDefaults([.. RouteTable.Contracts]);
        app.UseBodyLimits();
        app.MapReverseProxy();
        return app;
    }
}
