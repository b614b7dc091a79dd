using CrmKpi.Hosting.Access;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Funnel;

/// <summary><c>GET /v1/tenants/{tenant}/funnel</c>: the stages of a pipeline in order.</summary>
internal static class FunnelEndpoint
{
    public static void MapFunnel(this WebApplication app)
    {
        var requests = new RequestCache<FunnelRequest>(FunnelRequest.Parse);
        app.MapGet("/v1/tenants/{tenant}/funnel", (string tenant, HttpContext context, AnswerService answers) =>
                answers.Respond(context, tenant, requests.Of(
                    context.Request.QueryString.Value ?? "", FormatParameters.AcceptsCsv(context.Request))))
            .RequireScope(Scopes.Query);
    }
}
