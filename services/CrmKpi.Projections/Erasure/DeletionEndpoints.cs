using System.Text.Json;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Parameters;
using CrmKpi.Hosting.Problems;
using CrmKpi.Hosting.Startup;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Erasure;
using CrmKpi.ReadModels.Privacy;

namespace CrmKpi.Projections.Erasure;

/// <summary>What a deletion has done so far.</summary>
/// <param name="State"><c>erasing</c> or <c>done</c>.</param>
/// <param name="RequestedBy">Kind, id and agency, as in the trail of acts.</param>
/// <param name="Rows">Rows erased in all.</param>
/// <param name="Erased">The same by table.</param>
/// <param name="Scan">The last scan of all tables; null before the first.</param>
internal sealed record DeletionAnswer(
    string Tenant, string State, DateTimeOffset RequestedAt, JsonElement RequestedBy, DateTimeOffset? FinishedAt,
    long Rows, IReadOnlyDictionary<string, long> Erased, DeletionScan? Scan);

/// <summary>A search of all tables for rows of the tenant.</summary>
/// <param name="Rows">Rows found in all: 0 is the proof.</param>
/// <param name="Found">The same by table, those with none included.</param>
internal sealed record DeletionScan(DateTimeOffset At, long Rows, IReadOnlyDictionary<string, long> Found);

/// <summary>
/// <c>DELETE /v1/tenants/{tenant}?confirm={tenant}</c> takes a tenant away at once and erases it; <c>GET …/deletion</c>
/// tells how far that is. For admin keys of the whole agency.
/// </summary>
internal static class DeletionEndpoints
{
    private const string Confirm = "confirm";

    public static IServiceCollection AddErasure(this IServiceCollection services) => services
        .AddKeyedSingleton(DatabaseRoles.Privacy, (sp, _) => sp.OpenDatabase(DatabaseRoles.Privacy))
        .AddSingleton(sp => new TenantErasure(sp.GetRequiredKeyedService<Database>(DatabaseRoles.Privacy)))
        .AddSingleton(sp => new PersonForgetting(sp.GetRequiredKeyedService<Database>(DatabaseRoles.Privacy)))
        .AddSingleton<ErasureService>()
        .AddHostedService(sp => sp.GetRequiredService<ErasureService>());

    public static void MapDeletion(this WebApplication app)
    {
        app.MapDelete("/v1/tenants/{tenant}", Delete).RequireScope(Scopes.Admin, tenantMayBeNew: true)
            .WithParameters(Confirm);
        app.MapGet("/v1/tenants/{tenant}/deletion", Get).RequireScope(Scopes.Admin, tenantMayBeNew: true);
    }

    private static async Task<IResult> Delete(
        string tenant, HttpContext context, TenantErasure erasure, ErasureService service, TenantDirectory tenants,
        CancellationToken ct)
    {
        await RequireAgencyKey(context, tenants, tenant, ct);
        var caller = context.Caller();
        if (await erasure.Find(tenant, ct) is { } before)
            return Answer(context, before);
        if (!await tenants.IsVisible(tenant, caller, ct))
            throw new ProblemException(KnownProblems.NoSuchTenant);
        if (context.Request.Query[Confirm] is not [var confirmed] || confirmed != tenant)
            throw new ProblemException(KnownProblems.BadParameter(
                Confirm,
                "Deleting a tenant cannot be undone, and its id is never used again. "
                + $"Say that you mean it: ?{Confirm}={tenant}."));
        if (!await erasure.Begin(tenant, caller.Agency, context.ActedBy(), ct)
            && await erasure.Find(tenant, ct) is null)
            throw new ProblemException(KnownProblems.NoSuchTenant);
        tenants.Forget(tenant);
        service.Wake();
        return Answer(context, await erasure.Find(tenant, ct) ?? throw new InvalidOperationException(
            $"The deletion of tenant '{tenant}' was begun, and is not there."));
    }

    private static async Task<IResult> Get(
        string tenant, HttpContext context, TenantErasure erasure, TenantDirectory tenants, CancellationToken ct)
    {
        await RequireAgencyKey(context, tenants, tenant, ct);
        if (await erasure.Find(tenant, ct) is { } deletion)
            return Answer(context, deletion);
        throw new ProblemException(await tenants.IsVisible(tenant, context.Caller(), ct)
            ? new Problem(
                StatusCodes.Status404NotFound, "not_deleted", "The tenant is there; nobody has asked to delete it.")
            : KnownProblems.NoSuchTenant);
    }

    /// <summary>
    /// A key that is bound to tenants, even to this one, is there to work in them, not to end them. It is told so of those
    /// that it may know of.
    /// </summary>
    private static async Task RequireAgencyKey(
        HttpContext context, TenantDirectory tenants, string tenant, CancellationToken ct)
    {
        if (context.Caller() is not { Tenants: not null } caller)
            return;
        throw new ProblemException(await tenants.IsVisible(tenant, caller, ct)
            ? new Problem(
                StatusCodes.Status403Forbidden, "agency_key_required",
                "Tenants are deleted with an admin key of the whole agency; this key is bound to tenants.")
            : KnownProblems.NoSuchTenant);
    }

    private static IResult Answer(HttpContext context, TenantDeletion deletion)
    {
        if (deletion.Agency != context.Caller().Agency)
            throw new ProblemException(KnownProblems.NoSuchTenant);
        var scan = deletion is { Found: { } found, ScannedAt: { } at }
            ? new DeletionScan(at, found.Values.Sum(), found) : null;
        context.Response.Headers.Location = $"/v1/tenants/{deletion.Tenant}/deletion";
        return Results.Json(
            new DeletionAnswer(
                deletion.Tenant, deletion.FinishedAt is null ? "erasing" : "done", deletion.RequestedAt,
                JsonElement.Parse(deletion.RequestedBy), deletion.FinishedAt, deletion.Erased.Values.Sum(),
                deletion.Erased, scan),
            statusCode: HttpMethods.IsDelete(context.Request.Method)
                ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
    }
}
