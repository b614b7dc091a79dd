using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Hosting.Access;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.OwnKpis;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Explain;

/// <summary><c>GET /v1/tenants/{tenant}/explain</c>: how a KPI's value came about, and the facts behind it.</summary>
internal static class ExplainEndpoint
{
    public static WebApplicationBuilder AddExplain(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ExplainService>();
        return builder;
    }

    public static void MapExplain(this WebApplication app) =>
        app.MapGet("/v1/tenants/{tenant}/explain", async (
                string tenant, HttpContext context, ExplainService explain, OwnKpiSets own) =>
            {
                var text = context.Request.QueryString.Value ?? "";
                var kpis = ExplainRequest.NamesOwn(text) ? (await own.Of(tenant, context.RequestAborted)).Set : KpiSet.BuiltIn;
                await explain.Respond(
                    context, tenant, ExplainRequest.Parse(text, FormatParameters.AcceptsCsv(context.Request), kpis));
            })
            .RequireScope(Scopes.Query);
}
