using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Parameters;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;
using Microsoft.AspNetCore.Mvc;

namespace CrmKpi.Ingestion.Events;

/// <summary><c>POST /v1/tenants/{tenant}/events</c>.</summary>
internal static class EventIntakeEndpoint
{
    public static void MapEventIntake(this WebApplication app) =>
        app.MapPost("/v1/tenants/{tenant}/events", (RequestDelegate)Post)
            .RequireScope(Scopes.Ingest)
            .WithParameters("expectedVersion")
            .WithMetadata(new RequestSizeLimitAttribute(RequestBody.DrainBytesMax));

    private static async Task Post(HttpContext context)
    {
        var intake = context.RequestServices.GetRequiredService<EventIntake>();
        var tenant = (string)context.Request.RouteValues[AccessExtensions.TenantRouteValue]!;
        using var lease = context.HoldCaller();
        var tally = await Take(intake, context, tenant, lease);
        if (tally.IsAllRejected)
            await AllRejected(tally).ExecuteAsync(context);
        else
            await new JsonAnswer(tally.WriteMembers).ExecuteAsync(context);
    }

    private static async Task<IntakeTally> Take(EventIntake intake, HttpContext context, string tenant, CallerLease lease)
    {
        try
        {
            return await intake.Take(context.Request, tenant, lease, context.RequestAborted);
        }
        catch (OperationCanceledException e) when (lease.ProblemOf(e) is not null)
        {
            throw new ProblemException(CallerLease.Problem);
        }
    }

    /// <summary>The problem of a request of which nothing was kept.</summary>
    public static Problem AllRejected(IntakeTally tally) => new(
        StatusCodes.Status422UnprocessableEntity, "all_rejected",
        "No event was accepted. Each is in the quarantine with its reason; correct them and send them again.")
    {
        Members = tally.WriteMembers,
    };
}
