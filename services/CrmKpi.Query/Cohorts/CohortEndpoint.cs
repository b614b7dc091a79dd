using CrmKpi.Hosting.Access;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.Answers;

namespace CrmKpi.Query.Cohorts;

/// <summary><c>GET /v1/tenants/{tenant}/cohorts</c>: customers by month of first purchase × months since.</summary>
internal static class CohortEndpoint
{
    public static void MapCohorts(this WebApplication app)
    {
        var requests = new RequestCache<CohortRequest>(CohortRequest.Parse);
        app.MapGet("/v1/tenants/{tenant}/cohorts", (string tenant, HttpContext context, AnswerService answers) =>
                answers.Respond(context, tenant, requests.Of(QueryStringRequest.Of(context.Request))))
            .RequireScope(Scopes.Query);
    }
}
