using CrmKpi.Hosting.Access;
using CrmKpi.Postgres.Control;
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
        app.MapGet("/v1/tenants/{tenant}/explain", (string tenant, HttpContext context, ExplainService explain) =>
                explain.Respond(context, tenant, ExplainRequest.Parse(
                    context.Request.QueryString.Value ?? "", FormatParameters.AcceptsCsv(context.Request))))
            .RequireScope(Scopes.Query);
}
