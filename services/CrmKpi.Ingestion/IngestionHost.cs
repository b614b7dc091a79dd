using CrmKpi.EventLog;
using CrmKpi.Hosting;
using CrmKpi.Hosting.Configuration;
using CrmKpi.Hosting.Parameters;
using CrmKpi.Ingestion.Agencies;
using CrmKpi.Ingestion.Audit;
using CrmKpi.Ingestion.Cloning;
using CrmKpi.Ingestion.Events;
using CrmKpi.Ingestion.Goals;
using CrmKpi.Ingestion.Grpc;
using CrmKpi.Ingestion.Keys;
using CrmKpi.Ingestion.OwnKpis;
using CrmKpi.Ingestion.Quarantined;
using CrmKpi.Ingestion.Quotas;
using CrmKpi.Ingestion.Tenants;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Erasure;

namespace CrmKpi.Ingestion;

/// <summary>The service that takes events in: REST intake → append. Also agencies, tenants and keys.</summary>
public static class IngestionHost
{
    /// <summary>Builds the service without starting it.</summary>
    /// <param name="args">Command line configuration.</param>
    /// <param name="configure">Last word on configuration and services.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.AddCrmKpiService("ingestion", DatabaseRoles.Ingest);
        builder.AddStrictOptions<IngestionOptions>(IngestionOptions.Section);
        builder.Services.AddSingleton<EventLog.EventLog>();
        builder.Services.AddSingleton<Quarantine>();
        builder.Services.AddSingleton<IntakeBudget>();
        builder.Services.AddSingleton<EventIntake>();
        builder.Services.AddSingleton<EventIngestionService>();
        builder.Services.AddSingleton<SettingsAppend>();
        builder.Services.AddSingleton<TenantErasure>();
        builder.Services.AddSingleton<TenantSetup>();
        builder.Services.AddSingleton<QuarantineRetry>();
        builder.Services.AddSingleton<KeyEnding>();
        builder.Services.AddSingleton<OwnKpiStore>();
        builder.Services.AddSingleton<OwnKpiBook>();
        builder.AddQuotas();
        builder.AddCloning();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapCrmKpiDefaults();
        app.UseKnownParameters();
        app.MapEventIntake();
        app.MapEventReading();
        app.MapEventIngestion();
        app.MapQuarantine();
        app.MapTenants();
        app.MapGoals();
        app.MapAgencies();
        app.MapKeys();
        app.MapAudit();
        app.MapOwnKpis();
        app.MapCloning();
        app.MapQuotas();
        return app;
    }
}
