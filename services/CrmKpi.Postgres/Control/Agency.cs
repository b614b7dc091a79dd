namespace CrmKpi.Postgres.Control;

/// <summary>Whoever looks after tenants: their keys reach no further than them.</summary>
public sealed record Agency(string Id, string Name, DateTimeOffset CreatedAt)
{
    /// <summary>The agency that always exists.</summary>
    public const string Default = "default";

    /// <summary>The same form as a tenant's id.</summary>
    public const string IdPattern = Tenant.IdPattern;

    /// <summary>True for a text that may be an agency's id.</summary>
    public static bool IsValidId(string id) => Tenant.IsValidId(id);
}
