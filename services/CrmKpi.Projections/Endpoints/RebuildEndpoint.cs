using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Settings;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;
using CrmKpi.ReadModels.Generations;

namespace CrmKpi.Projections.Endpoints;

internal static class RebuildEndpoint
{
    public static void MapRebuild(this WebApplication app) =>
        app.MapPost("/v1/tenants/{tenant}/rebuild", Post).RequireScope(Scopes.Admin);

    /// <summary>Starts the next generation; one that is being built goes on, one that is parked is begun anew.</summary>
    private static async Task<IResult> Post(
        string tenant, HttpContext context, GenerationStore generations, AuditTrail trail, CancellationToken ct)
    {
        var known = await generations.List(tenant, ct);
        if (known.All(g => g.Status != GenerationStatus.Live))
            return new Problem(
                StatusCodes.Status409Conflict, "nothing_to_rebuild",
                "The tenant has no read models yet: they are built with its first event.");
        // The act comes first: there is no rebuild without it.
        await trail.Append(
            new Act(context.Caller().Agency, "projection.rebuild_requested", $"tenant/{tenant}", _ => { }),
            context.ActedBy(), ct);
        var building = known.FirstOrDefault(g => g.Status == GenerationStatus.Building);
        if (building?.ParkedReason is not null)
            await generations.Retire(tenant, building.Number, ct);
        var empty = new SettingsFold();
        await generations.Start(
            tenant, Measures.RulesVersion, GenerationStatus.Building, empty.Serialize(), empty.Settings.CountingKey, ct);
        return Results.Json(await generations.Status(tenant, ct), statusCode: StatusCodes.Status202Accepted);
    }
}
