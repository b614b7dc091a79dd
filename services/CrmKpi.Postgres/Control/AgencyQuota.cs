namespace CrmKpi.Postgres.Control;

/// <summary>What an agency may use.</summary>
/// <param name="EventsPerDay">Events that its tenants together may take in on one UTC day; null = no limit.</param>
/// <param name="TenantsMax">Tenants that it may have; null = no limit.</param>
public sealed record AgencyQuota(long? EventsPerDay, int? TenantsMax)
{
    /// <summary>An agency without a quota.</summary>
    public static readonly AgencyQuota None = new(null, null);
}

/// <summary>The agency has as many tenants as its quota allows.</summary>
public sealed class TenantQuotaException(string tenantsMax, Exception inner) : Exception(
    $"The agency has {tenantsMax} tenants, as many as its quota allows.", inner)
{
    /// <summary>The quota.</summary>
    public string TenantsMax { get; } = tenantsMax;
}
