namespace CrmKpi.Postgres;

/// <summary>
/// A tenant as the key, or a part of it, of whatever is remembered of its data: no other text (an agency, a stream, a name)
/// can stand in its place.
/// </summary>
/// <param name="Tenant">Its id.</param>
public readonly record struct TenantKey(string Tenant)
{
    /// <summary>The attribute of spans that names a tenant; never one of a metric. Dashboards ask for it.</summary>
    public const string SpanAttribute = "crmkpi.tenant";
}
