namespace CrmKpi.Postgres;

/// <summary>A move of a tenant to another database stands against it, or cannot be.</summary>
public sealed class TenantMoveException(string message) : Exception(message);
