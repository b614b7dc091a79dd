using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Parameters;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.Keys;

/// <summary>
/// <c>POST|GET /v1/keys</c>, <c>DELETE /v1/keys/{id}</c> and <c>POST /v1/keys/{id}/rotate</c>: the keys of the caller's
/// agency, or of its tenants; those of any agency for operators.
/// </summary>
internal static class KeyEndpoints
{
    private static readonly Problem NoSuchKey = new(StatusCodes.Status404NotFound, "key_not_found", "There is no such key.");

    public static void MapKeys(this WebApplication app)
    {
        app.MapPost("/v1/keys", Post).RequireScope(Scopes.Admin);
        app.MapGet("/v1/keys", List).RequireScope(Scopes.Admin)
            .WithParameters(["agency", .. Paging.Parameters]);
        app.MapDelete("/v1/keys/{id}", Delete).RequireScope(Scopes.Admin);
        app.MapPost("/v1/keys/{id}/rotate", Rotate).RequireScope(Scopes.Admin);
    }

    private static async Task<IResult> Post(
        HttpContext context, KeyStore keys, AgencyStore agencies, TenantDirectory tenants, TimeProvider time,
        CancellationToken ct)
    {
        using var body = await JsonBody.Read(context.Request, ct);
        var caller = context.Caller();
        var request = KeyRequest.Read(body.RootElement, time.GetUtcNow());
        if (request.Scopes.HasFlag(Scopes.Operator) && !caller.Has(Scopes.Operator))
            throw new ProblemException(KnownProblems.MissingScope(Scopes.Operator));
        if (request.Tenants is null && caller.Tenants is not null)
            throw JsonBody.Invalid(
                "missing_field", "This key is bound to tenants, so a key that it makes must be bound to some of them.", "/tenants");
        var agency = request.Agency ?? caller.Agency;
        if (!await MayAdminister(caller, agency, agencies, ct))
            throw JsonBody.Invalid("agency_not_found", KnownProblems.NoSuchAgency.Detail, "/agency");
        foreach (var (i, tenant) in (request.Tenants ?? []).Index())
            if (!Tenant.IsValidId(tenant) || !caller.IsBoundTo(tenant) || await tenants.AgencyOf(tenant, ct) != agency)
                throw JsonBody.Invalid("tenant_not_found", KnownProblems.NoSuchTenant.Detail, $"/tenants/{i}");

        var (key, text) = await keys.Create(
            new NewKey(request.Name, agency, request.Scopes, request.Tenants, request.ExpiresAt), context.ActedBy(), ct);
        return Made(key, text, time.GetUtcNow());
    }

    private static async Task<IResult> List(
        string? agency, HttpContext context, KeyStore keys, AgencyStore agencies, TimeProvider time, CancellationToken ct)
    {
        var caller = context.Caller();
        if (agency is not null && !await MayAdminister(caller, agency, agencies, ct))
            throw new ProblemException(KnownProblems.NoSuchAgency);
        var after = Paging.AfterId(context.Request);
        var limit = Paging.Limit(context.Request);
        var now = time.GetUtcNow();
        var filter = new KeyFilter(
            agency ?? caller.Agency, caller.Tenants, caller.Has(Scopes.Operator) ? Scopes.None : Scopes.Operator);
        // One more than asked for tells whether there is a next page.
        var page = await keys.List(filter, after, limit + 1, ct);
        return new JsonAnswer(json =>
        {
            json.WriteStartArray("keys");
            foreach (var key in page.Take(limit))
            {
                json.WriteStartObject();
                KeyJson.WriteMembers(json, key, now);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("next", page.Count > limit ? page[limit - 1].Id : null);
        });
    }

    private static async Task<IResult> Delete(
        string id, HttpContext context, KeyStore keys, KeyEnding ending, CancellationToken ct)
    {
        var caller = context.Caller();
        if (await keys.Find(id, ct) is not { } key || !MayManage(caller, key))
            return NoSuchKey;
        if (await ending.RevokeUnlessLast(key, caller.Has(Scopes.Operator), context.ActedBy(), ct) == Revocation.Last)
            return new Problem(
                StatusCodes.Status409Conflict, "last_admin_key", key.Scopes.HasFlag(Scopes.Operator)
                    ? "This is the last operator's key of the installation; make another one before revoking it."
                    : "This is the last admin key of the agency; make another one before revoking it, or let an " +
                        "operator do it.");
        return Results.NoContent();
    }

    private static async Task<IResult> Rotate(
        string id, HttpContext context, KeyStore keys, KeyEnding ending, TimeProvider time, CancellationToken ct)
    {
        var overlap = await RotationRequest.Read(context.Request, ct);
        if (await keys.Find(id, ct) is not { } key || !MayManage(context.Caller(), key))
            return NoSuchKey;
        var rotation = await ending.Rotate(id, overlap, context.ActedBy(), ct);
        if (rotation?.Key is { } made)
            return Made(made, rotation.Text!, time.GetUtcNow());
        return rotation is { IsReplaced: true, Old.ReplacedBy: { } successor }
            ? new Problem(
                StatusCodes.Status409Conflict, "key_replaced",
                $"This key was replaced by '{successor}'. Rotate that one; or, if its text was lost, revoke it and " +
                "rotate again.")
            {
                Members = json => json.WriteString("replacedBy", successor),
            }
            : new Problem(
                StatusCodes.Status409Conflict, "key_ended", "This key is revoked or has expired. Make a new one instead.");
    }

    private static async ValueTask<bool> MayAdminister(
        Caller caller, string agency, AgencyStore agencies, CancellationToken ct) =>
        agency == caller.Agency
        || Agency.IsValidId(agency) && caller.MayKnowAgency(agency) && await agencies.Find(agency, ct) is not null;

    // Those of the agency; none that reaches further than the caller itself.
    private static bool MayManage(Caller caller, ApiKey key) =>
        caller.Has(Scopes.Operator)
        || key.Agency == caller.Agency && !key.Scopes.HasFlag(Scopes.Operator)
            && (caller.Tenants is null || key.Tenants is not null && key.Tenants.All(caller.IsBoundTo));

    private static JsonAnswer Made(ApiKey key, string text, DateTimeOffset now) => new(
        json =>
        {
            KeyJson.WriteMembers(json, key, now);
            json.WriteString("key", text);
        },
        StatusCodes.Status201Created);
}
