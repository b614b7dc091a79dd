using Npgsql;

namespace CrmKpi.Postgres;

/// <summary>
/// Whose rows a transaction may see: those of a tenant, or what belongs to an agency as such. It is set within the transaction
/// and ends with it, so that nothing of it is left on a connection. Without it row-level security shows no row.
/// </summary>
/// <param name="Tenant">Empty = of no tenant.</param>
/// <param name="Agency">Empty = of no agency.</param>
public readonly record struct Scope(string Tenant, string Agency)
{
    private const string Sql =
        "SELECT set_config('crmkpi.tenant', $1, true), set_config('crmkpi.agency', $2, true)";

    /// <summary>One tenant's rows.</summary>
    public static Scope OfTenant(string tenant) => new(tenant, "");

    /// <summary>An agency's tenants and own KPIs; nothing that is a tenant's.</summary>
    public static Scope OfAgency(string agency) => new("", agency);

    /// <summary>The statement that sets it: the first of a transaction. It answers one row.</summary>
    public NpgsqlBatchCommand Enter() => new(Sql)
    {
        Parameters =
        {
            new NpgsqlParameter<string> { TypedValue = Tenant }, new NpgsqlParameter<string> { TypedValue = Agency },
        },
    };
}
