using System.Globalization;
using System.Text.Json;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.Keys;

/// <summary><c>POST|GET /v1/keys</c> and <c>DELETE /v1/keys/{id}</c>: the keys of the caller's agency, or of its tenants.</summary>
internal static class KeyEndpoints
{
    public static void MapKeys(this WebApplication app)
    {
        app.MapPost("/v1/keys", Post).RequireScope(Scopes.Admin);
        app.MapGet("/v1/keys", List).RequireScope(Scopes.Admin);
        app.MapDelete("/v1/keys/{id}", Delete).RequireScope(Scopes.Admin);
    }

    private static async Task<IResult> Post(
        HttpContext context, KeyStore keys, TenantDirectory tenants, TimeProvider time, CancellationToken ct)
    {
        using var body = await JsonBody.Read(context.Request, ct);
        var caller = context.Caller();
        var request = KeyRequest.Read(body.RootElement, time.GetUtcNow());
        if (request.Tenants is null && caller.Tenants is not null)
            throw JsonBody.Invalid(
                "missing_field", "This key is bound to tenants, so a key that it makes must be bound to some of them.", "/tenants");
        foreach (var (i, tenant) in (request.Tenants ?? []).Index())
            if (!await tenants.IsVisible(tenant, caller, ct))
                throw JsonBody.Invalid("tenant_not_found", KnownProblems.NoSuchTenant.Detail, $"/tenants/{i}");

        var (key, text) = await keys.Create(
            request.Name, caller.Agency, request.Scopes, request.Tenants, request.ExpiresAt, ct);
        return new JsonAnswer(json =>
        {
            WriteMembers(json, key);
            json.WriteString("key", text);
        }, StatusCodes.Status201Created);
    }

    private static async Task<IResult> List(string? after, HttpContext context, KeyStore keys, CancellationToken ct)
    {
        var limit = Paging.Limit(context.Request);
        var page = (await Manageable(context.Caller(), keys, ct))
            .OrderBy(k => k.Id, StringComparer.Ordinal)
            .Where(k => string.CompareOrdinal(k.Id, after ?? "") > 0)
            .Take(limit + 1).ToList();
        return new JsonAnswer(json =>
        {
            json.WriteStartArray("keys");
            foreach (var key in page.Take(limit))
            {
                json.WriteStartObject();
                WriteMembers(json, key);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("next", page.Count > limit ? page[limit - 1].Id : null);
        });
    }

    private static async Task<IResult> Delete(string id, HttpContext context, KeyStore keys, CancellationToken ct)
    {
        if ((await Manageable(context.Caller(), keys, ct)).All(k => k.Id != id))
            return new Problem(StatusCodes.Status404NotFound, "key_not_found", "There is no such key.");
        if (!await keys.RevokeUnlessLastAdmin(id, ct))
            return new Problem(
                StatusCodes.Status409Conflict, "last_admin_key",
                "This is the last admin key of the installation; make another one before revoking it.");
        return Results.NoContent();
    }

    // Those of the agency; a caller that is bound to tenants sees only keys that reach no further than itself.
    private static async Task<IEnumerable<ApiKey>> Manageable(Caller caller, KeyStore keys, CancellationToken ct) =>
        (await keys.List(caller.Agency, ct)).Where(k =>
            caller.Tenants is null || k.Tenants is not null && k.Tenants.All(caller.IsBoundTo));

    private static void WriteMembers(Utf8JsonWriter json, ApiKey key)
    {
        json.WriteString("id", key.Id);
        json.WriteString("name", key.Name);
        json.WriteStartArray("scopes");
        foreach (var (name, scope) in KeyRequest.ScopeNames)
            if (key.Scopes.HasFlag(scope))
                json.WriteStringValue(name);
        json.WriteEndArray();
        if (key.Tenants is null)
        {
            json.WriteNull("tenants");
        }
        else
        {
            json.WriteStartArray("tenants");
            foreach (var tenant in key.Tenants)
                json.WriteStringValue(tenant);
            json.WriteEndArray();
        }
        json.WriteString("createdAt", Time(key.CreatedAt));
        json.WriteString("expiresAt", Time(key.ExpiresAt));
        json.WriteString("revokedAt", Time(key.RevokedAt));
    }

    private static string? Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
