using System.Text.Json;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Hosting.Access.Tokens;

/// <summary>The claims of a checked token as a caller; the reason in words where they are none.</summary>
internal static class TokenClaims
{
    private const int SubjectCharsMax = 255;
    private const int TenantsMax = 1_000;
    private const string AllTenants = "*";

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>Reads them.</summary>
    /// <param name="payload">The token's payload, decoded.</param>
    public static (Caller? Caller, string Reason) Read(ReadOnlyMemory<byte> payload, JwtIssuerOptions options)
    {
        try
        {
            using var document = JsonDocument.Parse(payload, Options);
            return Read(document.RootElement, options);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is for half a surrogate pair, which JSON lets through and text does not.
            return (null, "The token's claims are not well-formed.");
        }
    }

    private static (Caller? Caller, string Reason) Read(JsonElement claims, JwtIssuerOptions options)
    {
        if (Text(claims, options.SubjectClaim) is not { Length: > 0 and <= SubjectCharsMax } subject
            || subject.Any(char.IsControl))
            return (null, $"The token has no claim '{options.SubjectClaim}' that names its user.");
        var agency = options.Agency ?? Text(claims, options.AgencyClaim!);
        if (agency is null || !Agency.IsValidId(agency))
            return (null, $"The token has no claim '{options.AgencyClaim}' that names an agency.");
        IReadOnlyList<string>? tenants = null;
        if (options.TenantsClaim.Length > 0)
        {
            tenants = Texts(claims, options.TenantsClaim);
            if (tenants.Count is 0 or > TenantsMax || tenants.Any(t => t != AllTenants && !Tenant.IsValidId(t)))
                return (null, $"The token has no claim '{options.TenantsClaim}' that lists tenants.");
            tenants = tenants.Contains(AllTenants) ? null : tenants;
        }
        var scopes = Scopes.None;
        foreach (var value in Texts(claims, options.ScopesClaim))
            scopes |= options.ScopesOf(value);
        // Who may do something with some tenants only looks after no agency.
        if (tenants is not null)
            scopes &= ~Scopes.Operator;
        return scopes == Scopes.None
            ? (null, $"The token's claim '{options.ScopesClaim}' gives no scope here.")
            : (new Caller(new Actor(Actor.Token, $"{options.Name}/{subject}", agency), agency, scopes, tenants), "");
    }

    private static string? Text(JsonElement claims, string name) =>
        Find(claims, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    // A list, or a text of words: both are usual.
    private static IReadOnlyList<string> Texts(JsonElement claims, string name) => Find(claims, name) switch
    {
        { ValueKind: JsonValueKind.String } text =>
            text.GetString()!.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        { ValueKind: JsonValueKind.Array } list =>
            [.. list.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)],
        _ => [],
    };

    // The claim of that very name (which may be a URL); else the way to one inside, such as realm_access.roles.
    private static JsonElement? Find(JsonElement claims, string name)
    {
        if (claims.ValueKind != JsonValueKind.Object)
            return null;
        if (claims.TryGetProperty(name, out var claim))
            return claim;
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && claims.TryGetProperty(name[..dot], out var inner) ? Find(inner, name[(dot + 1)..]) : null;
    }
}
