using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Settings;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;
using CrmKpi.ReadModels.Generations;
using CrmKpi.ReadModels.Verification;

namespace CrmKpi.Projections.Endpoints;

/// <summary>Recomputes a tenant's read models from its log and compares them cell by cell.</summary>
internal static class VerifyEndpoint
{
    public static void MapVerify(this WebApplication app)
    {
        app.MapPost("/v1/tenants/{tenant}/verify", Post).RequireScope(Scopes.Admin);
        app.MapGet("/v1/tenants/{tenant}/verify", Get).RequireScope(Scopes.Admin);
    }

    private static async Task<IResult> Post(
        string tenant, HttpContext context, GenerationStore generations, VerificationStore verifications, AuditTrail trail,
        CancellationToken ct)
    {
        var known = await generations.List(tenant, ct);
        if (known.All(g => g.Status != GenerationStatus.Live))
            return new Problem(
                StatusCodes.Status409Conflict, "nothing_to_verify",
                "The tenant has no read models yet: they are built with its first event.");
        if (known.Any(g => g.Status == GenerationStatus.Building))
            return new Problem(
                StatusCodes.Status409Conflict, "rebuilding",
                "The tenant's read models are being rebuilt. Verify again when GET …/projection shows no building generation.");
        await trail.Append(new Act(
            context.Caller().Agency, "projection.verification_requested", $"tenant/{tenant}", _ => { }),
            context.ActedBy(), ct);
        // When one is running already, it is the answer.
        await verifications.Start(tenant, Measures.RulesVersion, new SettingsFold().Serialize(), ct);
        return Results.Json(await verifications.Find(tenant, ct), statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> Get(string tenant, VerificationStore verifications, CancellationToken ct) =>
        await verifications.Find(tenant, ct) is { } report
            ? Results.Json(report)
            : new Problem(
                StatusCodes.Status404NotFound, "not_verified", "The tenant was never verified. Start with POST to this address.");
}
