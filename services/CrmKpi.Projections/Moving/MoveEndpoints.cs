using System.Text.Json;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Projections.Moving;

/// <summary>Where a move stands.</summary>
/// <param name="State"><c>copying</c>, <c>opening</c>, <c>clearing</c>, <c>done</c>, <c>aborting</c> or <c>failed</c>.</param>
/// <param name="Copied">Events that are in the target.</param>
/// <param name="SwitchedAt">Since when the tenant lives in the target.</param>
/// <param name="Failure">Why it failed.</param>
internal sealed record MoveAnswer(
    string Tenant, string Source, string Target, string State, long Copied, DateTimeOffset RequestedAt,
    DateTimeOffset? SwitchedAt, DateTimeOffset? FinishedAt, string? Failure);

/// <summary>
/// <c>POST /v1/tenants/{tenant}/move</c> moves a tenant to another database, <c>GET</c> tells how far that is, <c>DELETE</c>
/// cancels it. For operators.
/// </summary>
internal static class MoveEndpoints
{
    private const string Target = "database";

    public static IServiceCollection AddMoving(this IServiceCollection services) => services
        .AddSingleton(sp => new TenantMoving(
            sp.GetRequiredKeyedService<Database>(DatabaseRoles.Privacy), MoveLimits.Default))
        .AddSingleton<MoveService>()
        .AddHostedService(sp => sp.GetRequiredService<MoveService>());

    public static void MapMove(this WebApplication app)
    {
        app.MapPost("/v1/tenants/{tenant}/move", Post).RequireScope(Scopes.Operator, tenantMayBeNew: true);
        app.MapGet("/v1/tenants/{tenant}/move", Get).RequireScope(Scopes.Operator, tenantMayBeNew: true);
        app.MapDelete("/v1/tenants/{tenant}/move", Delete).RequireScope(Scopes.Operator, tenantMayBeNew: true);
    }

    private static async Task<IResult> Post(
        string tenant, HttpContext context, TenantMoving moving, MoveService service, Database database, CancellationToken ct)
    {
        using var body = await JsonBody.Read(context.Request, ct);
        JsonBody.RequireOnly(body.RootElement, Target);
        string[] known = [.. database.All.Select(one => one.Name)];
        if (!body.RootElement.TryGetProperty(Target, out var value) || value.ValueKind == JsonValueKind.Null)
            throw JsonBody.Invalid("missing_field", "'database' is required: the name of one of ours.", $"/{Target}", known);
        if (value.ValueKind != JsonValueKind.String)
            throw JsonBody.Invalid("wrong_type", "'database' must be a text.", $"/{Target}", known);
        var target = value.GetString()!;
        if (!known.Contains(target))
            throw JsonBody.Invalid("unknown_value", $"There is no database '{target}'.", $"/{Target}", known);
        var move = await moving.Begin(tenant, target, context.ActedBy(), ct)
            ?? throw new ProblemException(KnownProblems.NoSuchTenant);
        service.Wake();
        context.Response.Headers.Location = $"/v1/tenants/{tenant}/move";
        return Results.Json(Answer(move), statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> Get(string tenant, TenantMoving moving, CancellationToken ct) =>
        Results.Json(Answer(await Find(tenant, moving, ct)));

    private static async Task<IResult> Delete(string tenant, TenantMoving moving, MoveService service, CancellationToken ct)
    {
        if (!await moving.Cancel(tenant, ct))
            throw new TenantMoveException(
                (await Find(tenant, moving, ct)).State is MoveState.Aborting or MoveState.Failed
                    ? "The move is cancelled, or has failed, already."
                    : "The tenant lives in the other database already; move it back when it shall.");
        service.Wake();
        return Results.Json(Answer(await Find(tenant, moving, ct)), statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<TenantMove> Find(string tenant, TenantMoving moving, CancellationToken ct) =>
        Tenant.IsValidId(tenant) && await moving.Find(tenant, ct) is { } move
            ? move
            : throw new ProblemException(new Problem(
                StatusCodes.Status404NotFound, "move_not_found", "There was no move of a tenant with this id."));

    private static MoveAnswer Answer(TenantMove move) => new(
        move.Tenant, move.Source, move.Target, move.State.ToString().ToLowerInvariant(), move.Copied, move.RequestedAt,
        move.SwitchedAt, move.FinishedAt, move.Failure);
}
