using System.Reflection;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Grpc.Health;
using CrmKpi.Hosting.Grpc.Reflection;
using CrmKpi.Hosting.Health;
using CrmKpi.Hosting.Limits;
using CrmKpi.Hosting.Problems;
using CrmKpi.Hosting.Server;
using CrmKpi.Hosting.Startup;
using CrmKpi.Hosting.Telemetry;
using CrmKpi.Hosting.Versioning;
using Microsoft.AspNetCore.Builder;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace CrmKpi.Hosting;

/// <summary>What every service shares, one extension a feature: the table of contents of this project.</summary>
public static class CrmKpiServiceExtensions
{
    /// <summary>A service with a database and callers that show a key.</summary>
    /// <param name="builder">The service being built.</param>
    /// <param name="name">For logs and health, for example <c>ingestion</c>.</param>
    /// <param name="role">Its role in the database, of <see cref="Postgres.DatabaseRoles"/>.</param>
    /// <param name="migrations">Assemblies with migrations, in order, beyond those of the control schema and the log.</param>
    public static WebApplicationBuilder AddCrmKpiService(
        this WebApplicationBuilder builder, string name, string role, params Assembly[] migrations) =>
        builder
            .AddCrmKpiServer(name)
            .AddDatabase(role, migrations)
            .AddApiKeyAccess()
            .AddTenantLimits();

    /// <summary>A service without a database: logs, telemetry, limits, problem details, health.</summary>
    public static WebApplicationBuilder AddCrmKpiServer(this WebApplicationBuilder builder, string name) =>
        builder
            .AddServerLimits()
            .AddJsonLogs(name)
            .AddTelemetry(name)
            .AddProblems()
            .AddHealth();

    /// <summary>
    /// The middleware and endpoints of the features above. Call it before mapping endpoints: every endpoint then has to say
    /// <see cref="AccessExtensions.RequireScope"/>, <see cref="AccessExtensions.RequireKey"/> or <c>AllowAnonymous</c>.
    /// </summary>
    /// <param name="app">The service.</param>
    /// <param name="contract">gRPC services that are reached through this one but mapped elsewhere.</param>
    public static WebApplication MapCrmKpiDefaults(this WebApplication app, params IReadOnlyList<ServiceDescriptor> contract)
    {
        app.UseManagementPort();
        app.UseRequestIds();
        app.UseProblems();
        app.UseReadinessGate();
        app.UseRouting();
        app.UseRequestTraces();
        app.UseDeprecations();
        app.UseApiKeyAccess();
        app.UseTenantLimits();
        app.MapHealth();
        app.MapGrpcHealth();
        app.MapGrpcReflection(contract);
        return app;
    }
}
