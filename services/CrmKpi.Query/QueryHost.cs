using CrmKpi.Hosting;
using CrmKpi.Hosting.Telemetry;
using CrmKpi.Postgres;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Catalogue;
using CrmKpi.Query.Cohorts;
using CrmKpi.Query.Explain;
using CrmKpi.Query.Funnel;
using CrmKpi.Query.Grpc;
using CrmKpi.Query.Kpis;
using CrmKpi.Query.Roi;
using CrmKpi.Query.Targets;
using CrmKpi.Query.Watch;
using CrmKpi.ReadModels;

namespace CrmKpi.Query;

/// <summary>The service that answers KPIs: its table of contents.</summary>
public static class QueryHost
{
    /// <summary>Builds the service; the caller runs it.</summary>
    /// <param name="configure">Settings of the process that hosts it, applied last.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder
            .AddCrmKpiService("query", DatabaseRoles.Query, typeof(TenantCubes).Assembly)
            .AddLagGauge()
            .AddAnswers()
            .AddExplain()
            .AddWatch()
            .AddKpiQuery();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapCrmKpiDefaults();
        app.MapCatalogue();
        app.MapKpis();
        app.MapWatch();
        app.MapTargets();
        app.MapFunnel();
        app.MapCohorts();
        app.MapRoi();
        app.MapExplain();
        app.MapKpiQuery();
        return app;
    }
}
