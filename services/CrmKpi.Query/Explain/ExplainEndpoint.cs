using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Hosting.Access;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.Answers;
using CrmKpi.Query.OwnKpis;

namespace CrmKpi.Query.Explain;

/// <summary><c>GET /v1/tenants/{tenant}/explain</c>: how a KPI's value came about, and the facts behind it.</summary>
internal static class ExplainEndpoint
{
    public static WebApplicationBuilder AddExplain(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new ExplainOptions());
        builder.Services.AddSingleton<ExplainService>();
        return builder;
    }

    public static void MapExplain(this WebApplication app) =>
        app.MapGet("/v1/tenants/{tenant}/explain", async (
                string tenant, HttpContext context, ExplainService explain, OwnKpiSets own) =>
            {
                var asked = QueryStringRequest.Of(context.Request);
                await explain.Respond(context, tenant, await Of(tenant, asked, own, context.RequestAborted));
            })
            .RequireScope(Scopes.Query);

    /// <summary>The checked request; the tenant's own KPIs are looked up when one may be meant.</summary>
    public static async ValueTask<ExplainRequest> Of(string tenant, AskedRequest asked, OwnKpiSets own, CancellationToken ct) =>
        ExplainRequest.Parse(asked, ExplainRequest.NamesOwn(asked) ? (await own.Of(tenant, ct)).Set : KpiSet.BuiltIn);
}
