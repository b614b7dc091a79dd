using CrmKpi.Hosting;
using CrmKpi.Hosting.Configuration;
using CrmKpi.Hosting.Parameters;
using CrmKpi.Hosting.Telemetry;
using CrmKpi.Postgres;
using CrmKpi.Projections.Endpoints;
using CrmKpi.Projections.Erasure;
using CrmKpi.Projections.Lanes;
using CrmKpi.Projections.Moving;
using CrmKpi.ReadModels;

namespace CrmKpi.Projections;

/// <summary>The projection service: turns the log into read models.</summary>
public static class ProjectionsHost
{
    /// <summary>Builds the service: the table of contents.</summary>
    /// <param name="args">Command line configuration.</param>
    /// <param name="configure">Last changes before it is built.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddCrmKpiService("projections", DatabaseRoles.Project, typeof(ProjectionStatus).Assembly);
        builder.AddLagGauge();
        builder.AddStrictOptions<LaneOptions>(LaneOptions.Section);
        builder.Services.AddLanes();
        builder.Services.AddErasure();
        builder.Services.AddMoving();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapCrmKpiDefaults();
        app.UseKnownParameters();
        app.MapProjection();
        app.MapRebuild();
        app.MapVerify();
        app.MapDeletion();
        app.MapForget();
        app.MapMove();
        return app;
    }
}
