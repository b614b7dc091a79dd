using System.Text.Json;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.Keys;

/// <summary>The body of <c>POST /v1/keys</c>.</summary>
/// <param name="Agency">Null = the caller's.</param>
internal sealed record KeyRequest(
    string Name, string? Agency, Scopes Scopes, IReadOnlyList<string>? Tenants, DateTimeOffset? ExpiresAt)
{
    private const int TenantsMax = 1_000;

    /// <summary>Reads and checks it; throws 400 with the place.</summary>
    public static KeyRequest Read(JsonElement body, DateTimeOffset now)
    {
        JsonBody.RequireOnly(body, "name", "agency", "scopes", "tenants", "expiresAt");
        var request = new KeyRequest(
            JsonBody.Name(body, "that says what the key is for"), ReadAgency(body), ReadScopes(body), ReadTenants(body),
            ReadExpiry(body, now));
        if (request.Scopes.HasFlag(Scopes.Operator) && request.Tenants is not null)
            throw JsonBody.Invalid("out_of_range", "An operator's key cannot be bound to tenants.", "/tenants");
        return request;
    }

    private static string? ReadAgency(JsonElement body) =>
        !body.TryGetProperty("agency", out var agency) || agency.ValueKind == JsonValueKind.Null
            ? null
            : agency.ValueKind == JsonValueKind.String
                ? agency.GetString()
                : throw JsonBody.Invalid("wrong_type", "'agency' must be the id of an agency.", "/agency");

    private static Scopes ReadScopes(JsonElement body)
    {
        var names = JsonBody.Texts(body, "scopes");
        if (names is null or [])
            throw JsonBody.Invalid("missing_field", "'scopes' is required: at least one.", "/scopes", ScopeNames.All);
        var scopes = Scopes.None;
        foreach (var (i, name) in names.Index())
            scopes |= ScopeNames.Parse(name)
                ?? throw JsonBody.Invalid("unknown_value", $"'{name}' is not a scope.", $"/scopes/{i}", ScopeNames.All);
        return scopes;
    }

    private static IReadOnlyList<string>? ReadTenants(JsonElement body)
    {
        var tenants = JsonBody.Texts(body, "tenants");
        if (tenants is [] || tenants?.Count > TenantsMax)
            throw JsonBody.Invalid(
                "out_of_range",
                $"'tenants' lists 1 to {TenantsMax} tenants; leave it out for every tenant of the agency.", "/tenants");
        return tenants is null ? null : [.. tenants.Distinct(StringComparer.Ordinal)];
    }

    private static DateTimeOffset? ReadExpiry(JsonElement body, DateTimeOffset now)
    {
        if (!body.TryGetProperty("expiresAt", out var text) || text.ValueKind == JsonValueKind.Null)
            return null;
        if (text.ValueKind != JsonValueKind.String || !text.TryGetDateTimeOffset(out var expiry))
            throw JsonBody.Invalid("bad_time", "'expiresAt' must be a time such as 2030-01-01T00:00:00Z.", "/expiresAt");
        return expiry > now
            ? expiry
            : throw JsonBody.Invalid("out_of_range", "'expiresAt' must lie in the future.", "/expiresAt");
    }
}
