namespace CrmKpi.Postgres.Erasure;

/// <summary>The rows of a tenant in the large tables of a database in which it does not live any more.</summary>
public static class TenantRows
{
    // They stand in the main database for good, and are none of the tenant's home.
    private static readonly string[] Kept = ["control.moves"];

    /// <summary>Deletes some rows of one table; true when there were any.</summary>
    public static async Task<bool> DeleteChunk(Database at, string tenant, int rowsMax, CancellationToken ct = default)
    {
        await using var transaction = await at.For(Scope.OfTenant(tenant)).Begin(ct: ct);
        foreach (var table in (await TenantErasure.Tables(transaction, ct)).Except(Kept))
            if (await TenantErasure.DeleteChunk(transaction, tenant, table, rowsMax, ct) > 0)
            {
                await transaction.Commit(ct);
                return true;
            }
        return false;
    }
}
