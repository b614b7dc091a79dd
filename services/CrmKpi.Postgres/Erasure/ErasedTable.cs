namespace CrmKpi.Postgres.Erasure;

/// <summary>A table with rows of tenants.</summary>
/// <param name="Name">With its schema.</param>
/// <param name="Condition">Which rows are those of the tenant <c>$1</c>, and are deleted.</param>
/// <param name="Change">What takes the tenant out of rows that stay; null = there are none of these.</param>
/// <param name="Left">Which rows the scan looks for; null = the same as are deleted.</param>
internal sealed record ErasedTable(string Name, string? Condition, string? Change = null, string? Left = null)
{
    /// <summary>
    /// Few rows, which go with the request itself, in this order: children first, the tenant itself last. Without head,
    /// generation and tenant nothing can be added to the large tables.
    /// </summary>
    public static readonly ErasedTable[] First =
    [
        new("control.own_kpis", "owner = 'tenant/' || $1"),
        new("control.own_kpi_sets", "owner = 'tenant/' || $1"),
        new("control.quarantine", "tenant_id = $1"),
        new("kpi.generations", "tenant_id = $1"),
        new("events.mt_tenant_partitions", "partition_value = $1"),
        new("events.mt_event_progression", "name LIKE '%:' || $1"),
        new("events.mt_doc_deadletterevent", "data::text ~ ('[\":]' || $1 || '\"')"),
        new("events.tenant_heads", "tenant_id = $1"),
        // A key that is bound to others too loses the tenant; one that is bound to nobody else goes.
        new("control.api_keys", "tenants <@ ARRAY[$1]::varchar[] AND tenants @> ARRAY[$1]::varchar[]",
            "SET tenants = array_remove(tenants, $1::varchar) WHERE tenants @> ARRAY[$1]::varchar[]",
            "tenants @> ARRAY[$1]::varchar[]"),
        // Of the acts it stays that they took place, when and by whom; not what they said of the tenant.
        new("control.audit", null,
            "SET changes = '{}' WHERE subject = 'tenant/' || $1 AND changes <> '{}'",
            "subject = 'tenant/' || $1 AND changes <> '{}'"),
        new("control.audit", null,
            "SET changes = jsonb_build_object('tenants', changes -> 'tenants') "
                + "WHERE changes -> 'tenants' = jsonb_build_array($1::text) AND changes ? 'name'",
            "changes -> 'tenants' = jsonb_build_array($1::text) AND changes ? 'name'"),
        new("control.forgettings", "tenant_id = $1"),
        new("control.moves", "tenant_id = $1"),
        new("control.tenants", "id = $1"),
    ];

    /// <summary>A table that the catalogue names.</summary>
    public static ErasedTable Of(string name) => new(name, "tenant_id = $1");

    /// <summary>What the scan counts.</summary>
    public string CountSql => $"SELECT count(*) FROM {Name} WHERE {Left ?? Condition}";
}
