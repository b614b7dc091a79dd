using CrmKpi.Hosting.Access;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Kpis;

/// <summary><c>GET /v1/tenants/{tenant}/kpis</c>: KPIs of a period as JSON or CSV.</summary>
internal static class KpiEndpoint
{
    public static void MapKpis(this WebApplication app)
    {
        var requests = new RequestCache<KpiRequest>(KpiRequest.Parse);
        app.MapGet("/v1/tenants/{tenant}/kpis", (string tenant, HttpContext context, AnswerService answers) =>
                answers.Respond(context, tenant, requests.Of(
                    context.Request.QueryString.Value ?? "", FormatParameters.AcceptsCsv(context.Request))))
            .RequireScope(Scopes.Query);
    }
}
