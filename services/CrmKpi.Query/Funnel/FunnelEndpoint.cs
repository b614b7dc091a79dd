using CrmKpi.Hosting.Access;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.Answers;

namespace CrmKpi.Query.Funnel;

/// <summary><c>GET /v1/tenants/{tenant}/funnel</c>: the stages of a pipeline in order.</summary>
internal static class FunnelEndpoint
{
    public static void MapFunnel(this WebApplication app)
    {
        var requests = new RequestCache<FunnelRequest>(FunnelRequest.Parse);
        app.MapGet("/v1/tenants/{tenant}/funnel", (string tenant, HttpContext context, AnswerService answers) =>
                answers.Respond(context, tenant, requests.Of(QueryStringRequest.Of(context.Request))))
            .RequireScope(Scopes.Query);
    }
}
