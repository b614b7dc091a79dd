using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Problems;
using CrmKpi.Ingestion.OwnKpis;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.Cloning;

/// <summary>
/// <c>POST /v1/tenants/{tenant}/clone</c>: copies own KPIs, targets and settings from another tenant that the key may
/// see. The same
/// request again copies what has been added since.
/// </summary>
internal static class CloneEndpoint
{
    public static WebApplicationBuilder AddCloning(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SettingsClone>();
        builder.Services.AddSingleton<KpiClone>();
        builder.Services.AddSingleton<TargetClone>();
        return builder;
    }

    public static void MapCloning(this WebApplication app) =>
        app.MapPost("/v1/tenants/{tenant}/clone", Post).RequireScope(Scopes.Admin);

    private static async Task<IResult> Post(
        string tenant, HttpContext context, TenantDirectory tenants, SettingsClone settings, KpiClone kpis,
        TargetClone targets, AuditTrail trail, EventLog.EventLog log, CancellationToken ct)
    {
        using var body = await JsonBody.Read(context.Request, ct);
        var request = CloneRequest.Read(body.RootElement, tenant);
        var caller = context.Caller();
        if (!await tenants.IsVisible(request.From, caller, ct))
            throw new ProblemException(KnownProblems.NoSuchTenant);

        // The act comes first: of what is copied nothing is without it.
        var by = context.ActedBy();
        await trail.Append(new Act(caller.Agency, "tenant.clone_requested", $"tenant/{tenant}", json =>
        {
            json.WriteString("from", request.From);
            json.WriteStartArray("what");
            foreach (var part in request.What)
                json.WriteStringValue(part);
            json.WriteEndArray();
        }), by, ct);

        // Targets come last: they are for KPIs.
        var to = new OwnKpiScope(caller.Agency, tenant);
        var parts = new List<(string, IReadOnlyList<CloneItem>)>();
        if (request.Settings.Count > 0)
            parts.Add((CloneRequest.SettingsPart,
                await settings.Run(request.From, tenant, by, request.Settings, ct)));
        if (request.Kpis)
            parts.Add((CloneRequest.KpisPart, await kpis.Run(request.From, to, by, ct)));
        if (request.Targets)
            parts.Add((CloneRequest.TargetsPart, await targets.Run(request.From, to, ct)));
        var report = new CloneReport(parts, await log.Head(tenant, ct));
        return new JsonAnswer(report.Write);
    }
}
