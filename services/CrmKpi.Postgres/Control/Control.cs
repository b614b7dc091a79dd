#pragma warning disable CS9113
namespace CrmKpi.Postgres.Control;

/// <summary>A registered tenant (client portal).</summary>
public sealed record Tenant(string Id, string Name, string Agency, DateTimeOffset CreatedAt);

/// <summary>What a key may do.</summary>
[Flags]
public enum Scopes { None = 0, Ingest = 1, Query = 2, Admin = 4 }

/// <summary>A credential without its secret.</summary>
/// <param name="Tenants">The tenants it is bound to; null = every tenant of the agency.</param>
public sealed record ApiKey(
    string Id, string Name, string Agency, Scopes Scopes, IReadOnlyList<string>? Tenants, DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);

/// <summary>Tenants in the <c>control</c> schema.</summary>
public sealed class TenantStore(Database database)
{
    /// <summary>Registers a tenant with all that the log needs for it, or returns false when it exists.</summary>
    public Task<bool> Register(string tenant, string name, string agency, CancellationToken ct = default) =>
        throw new NotImplementedException();

    public Task<Tenant?> Find(string tenant, CancellationToken ct = default) => throw new NotImplementedException();

    public Task<IReadOnlyList<Tenant>> List(string? agency, string? afterId, int max, CancellationToken ct = default) =>
        throw new NotImplementedException();
}

/// <summary>API keys: <c>crmkpi_&lt;id&gt;_&lt;secret&gt;</c>; only the SHA-256 of the 256-bit secret is stored.</summary>
public sealed class KeyStore(Database database)
{
    /// <summary>Makes a key and returns its text, which cannot be had again.</summary>
    public Task<(ApiKey Key, string Text)> Create(
        string name, string agency, Scopes scopes, IReadOnlyList<string>? tenants, DateTimeOffset? expiresAt,
        CancellationToken ct = default) => throw new NotImplementedException();

    /// <summary>Makes the first admin key when there is no key at all (one winner under concurrency), else returns null.</summary>
    public Task<string?> CreateFirstAdminKey(CancellationToken ct = default) => throw new NotImplementedException();

    /// <summary>The key of a text when the secret is right and it is neither expired nor revoked; compares in constant time.</summary>
    public Task<ApiKey?> Authenticate(string text, CancellationToken ct = default) => throw new NotImplementedException();

    public Task<IReadOnlyList<ApiKey>> List(string? agency, CancellationToken ct = default) => throw new NotImplementedException();

    public Task<bool> Revoke(string keyId, CancellationToken ct = default) => throw new NotImplementedException();
}
