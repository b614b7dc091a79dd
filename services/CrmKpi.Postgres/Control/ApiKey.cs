namespace CrmKpi.Postgres.Control;

/// <summary>What a key may do. The numbers are a storage format.</summary>
[Flags]
public enum Scopes
{
    None = 0,

    /// <summary>Send events.</summary>
    Ingest = 1,

    /// <summary>Ask for KPIs and read the log.</summary>
    Query = 2,

    /// <summary>Register tenants, make keys, rebuild, verify.</summary>
    Admin = 4,

    /// <summary>Register agencies and make keys for any of them. Goes with <see cref="Admin"/>.</summary>
    Operator = 8,

    /// <summary>Every one.</summary>
    All = Ingest | Query | Admin | Operator,
}

/// <summary>A credential without its secret.</summary>
/// <param name="Tenants">The tenants it is bound to; null = every tenant of the agency.</param>
/// <param name="LastUsedAt">To about a minute; null = never.</param>
/// <param name="Replaces">The key that it was made for in a rotation.</param>
/// <param name="ReplacedBy">The key that was made for it in its latest rotation.</param>
public sealed record ApiKey(
    string Id, string Name, string Agency, Scopes Scopes, IReadOnlyList<string>? Tenants, DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt, string? Replaces, string? ReplacedBy);

/// <summary>A key to be made.</summary>
/// <param name="Tenants">The tenants it is bound to; null = every tenant of the agency.</param>
/// <param name="ExpiresAt">Null = never.</param>
public sealed record NewKey(
    string Name, string Agency, Scopes Scopes, IReadOnlyList<string>? Tenants, DateTimeOffset? ExpiresAt);
