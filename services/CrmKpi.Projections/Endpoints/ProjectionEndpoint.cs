using CrmKpi.Hosting.Access;
using CrmKpi.Postgres.Control;
using CrmKpi.ReadModels;
using CrmKpi.ReadModels.Generations;

namespace CrmKpi.Projections.Endpoints;

/// <summary>Where a tenant's read models stand.</summary>
/// <param name="Head">The log's last sequence.</param>
/// <param name="Lag">Events not reflected yet.</param>
/// <param name="ParkedReason">Why the tenant's lane has stopped; null when it runs.</param>
internal sealed record ProjectionAnswer(
    string Tenant, int Generation, int RulesVersion, long Sequence, long Head, long Lag, string? ParkedReason,
    int? BuildingGeneration, long? BuildingSequence);

internal static class ProjectionEndpoint
{
    public static void MapProjection(this WebApplication app) =>
        app.MapGet("/v1/tenants/{tenant}/projection", Get).RequireScope(Scopes.Query);

    private static async Task<IResult> Get(
        string tenant, GenerationStore generations, EventLog.EventLog log, CancellationToken ct)
    {
        var head = await log.Head(tenant, ct);
        var status = await generations.Status(tenant, ct)
            ?? new ProjectionStatus(tenant, 0, Domain.Cube.Measures.RulesVersion, 0, null, null, null);
        return Results.Json(new ProjectionAnswer(
            tenant, status.Generation, status.RulesVersion, status.Sequence, head, Math.Max(0, head - status.Sequence),
            status.ParkedReason, status.BuildingGeneration, status.BuildingSequence));
    }
}
