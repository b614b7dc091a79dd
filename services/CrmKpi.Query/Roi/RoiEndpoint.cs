using CrmKpi.Hosting.Access;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Roi;

/// <summary><c>GET /v1/tenants/{tenant}/roi</c>: what the CRM cost and brought.</summary>
internal static class RoiEndpoint
{
    public static void MapRoi(this WebApplication app)
    {
        var requests = new RequestCache<RoiRequest>(RoiRequest.Parse);
        app.MapGet("/v1/tenants/{tenant}/roi", (string tenant, HttpContext context, AnswerService answers) =>
                answers.Respond(context, tenant, requests.Of(
                    context.Request.QueryString.Value ?? "", FormatParameters.AcceptsCsv(context.Request))))
            .RequireScope(Scopes.Query);
    }
}
