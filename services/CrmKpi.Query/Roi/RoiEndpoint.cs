using CrmKpi.Hosting.Access;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.Answers;

namespace CrmKpi.Query.Roi;

/// <summary><c>GET /v1/tenants/{tenant}/roi</c>: what the CRM cost and brought.</summary>
internal static class RoiEndpoint
{
    public static void MapRoi(this WebApplication app)
    {
        var requests = new RequestCache<RoiRequest>(RoiRequest.Parse);
        app.MapGet("/v1/tenants/{tenant}/roi", (string tenant, HttpContext context, AnswerService answers) =>
                answers.Respond(context, tenant, requests.Of(QueryStringRequest.Of(context.Request))))
            .RequireScope(Scopes.Query);
    }
}
