namespace CrmKpi.Postgres.Erasure;

/// <summary>Statements that deleting a tenant and forgetting people share.</summary>
public static class ErasureSql
{
    /// <summary>Keeps appends of a tenant (<c>$1</c>) out until the transaction ends.</summary>
    public static string LockHead => Sql.Text<TenantErasure>("Erasure.Sql.lock_head.sql");

    /// <summary>Tells whoever holds something of a tenant (<c>$1</c>) in memory to drop it.</summary>
    public static string NotifyForgotten => Sql.Text<TenantErasure>("Erasure.Sql.notify_forgotten.sql");
}
