using CrmKpi.Hosting.Access;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.Answers;
using CrmKpi.Query.OwnKpis;

namespace CrmKpi.Query.Targets;

/// <summary><c>GET /v1/tenants/{tenant}/targets</c>: where each target stands today, and how it was set over time.</summary>
internal static class TargetsEndpoint
{
    public static void MapTargets(this WebApplication app)
    {
        var requests = new RequestCache<TargetsRequest>(TargetsRequest.Parse);
        app.MapGet("/v1/tenants/{tenant}/targets", async (
                string tenant, HttpContext context, AnswerService answers, OwnKpiSets own) =>
            {
                var request = requests.Of(new QueryStringRequest(context.Request.QueryString.Value ?? "", AcceptsCsv: false));
                var kpis = (await own.Of(tenant, context.RequestAborted)).Set;
                await answers.Respond(context, tenant, request.For(kpis));
            })
            .RequireScope(Scopes.Query);
    }
}
