using CrmKpi.Hosting.Access;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.Answers;

namespace CrmKpi.Query.Targets;

/// <summary><c>GET /v1/tenants/{tenant}/targets</c>: where each target stands today, and how it was set over time.</summary>
internal static class TargetsEndpoint
{
    public static void MapTargets(this WebApplication app)
    {
        var requests = new RequestCache<TargetsRequest>(TargetsRequest.Parse);
        app.MapGet("/v1/tenants/{tenant}/targets", (string tenant, HttpContext context, AnswerService answers) =>
                answers.Respond(context, tenant, requests.Of(context.Request.QueryString.Value ?? "", false)))
            .RequireScope(Scopes.Query);
    }
}
