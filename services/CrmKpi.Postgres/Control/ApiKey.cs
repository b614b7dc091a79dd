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
}

/// <summary>A credential without its secret.</summary>
/// <param name="Tenants">The tenants it is bound to; null = every tenant of the agency.</param>
public sealed record ApiKey(
    string Id, string Name, string Agency, Scopes Scopes, IReadOnlyList<string>? Tenants, DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);
