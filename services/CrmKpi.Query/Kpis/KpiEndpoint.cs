using CrmKpi.Hosting.Access;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.Answers;
using CrmKpi.Query.OwnKpis;

namespace CrmKpi.Query.Kpis;

/// <summary><c>GET /v1/tenants/{tenant}/kpis</c>: KPIs of a period as JSON or CSV.</summary>
internal static class KpiEndpoint
{
    public static void MapKpis(this WebApplication app)
    {
        app.MapGet("/v1/tenants/{tenant}/kpis", async (
                string tenant, HttpContext context, AnswerService answers, KpiRequests requests) =>
                await answers.Respond(context, tenant, await requests.Of(
                    tenant, QueryStringRequest.Of(context.Request), context.RequestAborted)))
            .RequireScope(Scopes.Query);
    }
}
