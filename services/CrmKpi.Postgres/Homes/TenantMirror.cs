namespace CrmKpi.Postgres;

/// <summary>
/// What a further database knows of a tenant that lives there: a row for the tables that refer to it, with the log's rows that
/// come with it. Names stay in the main database.
/// </summary>
public static class TenantMirror
{
    /// <summary>Makes it where it is not there yet. An agency is made with it, by its id alone.</summary>
    public static async Task Make(Database home, string tenant, string agency, CancellationToken ct = default)
    {
        await using var transaction = await home.For(Scope.OfTenant(tenant)).Begin(ct: ct);
        await Make(transaction, tenant, agency, ct);
        await transaction.Commit(ct);
    }

    /// <summary>The same within a transaction of the tenant's.</summary>
    public static async Task Make(ScopedTransaction transaction, string tenant, string agency, CancellationToken ct = default)
    {
        await transaction.Execute(Text("mirror_agency"), new object[] { agency }, ct);
        await transaction.Execute(Text("mirror_tenant"), new object[] { tenant, agency }, ct);
    }

    private static string Text(string name) => Sql.Text<Database>($"Homes.Sql.{name}.sql");
}
