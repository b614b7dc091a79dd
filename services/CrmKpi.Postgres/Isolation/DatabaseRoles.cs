using Npgsql;

namespace CrmKpi.Postgres;

/// <summary>
/// The roles of the services in PostgreSQL, each with the rights that its service needs (<c>Migrations/rights.sql</c> of each
/// project). They have no login of their own: a login is a member of one, or an administrator's connection takes one on.
/// </summary>
public static class DatabaseRoles
{
    /// <summary>Owns the schemas and all in them; row-level security does not bind it.</summary>
    public const string Migrate = "crmkpi_migrate";

    /// <summary>Appends to the log; keeps tenants, keys, own KPIs and quarantine.</summary>
    public const string Ingest = "crmkpi_ingest";

    /// <summary>Reads the log and writes read models.</summary>
    public const string Project = "crmkpi_project";

    /// <summary>Reads.</summary>
    public const string Query = "crmkpi_query";

    /// <summary>Erases tenants and masks people: the only one that may change or delete events.</summary>
    public const string Privacy = "crmkpi_privacy";

    /// <summary>Learns how far read models are behind, and nothing else: for autoscalers and exporters.</summary>
    public const string Monitor = "crmkpi_monitor";

    /// <summary>
    /// COPYs events. PostgreSQL refuses COPY into tables with row-level security, so this role is not bound by it; it can
    /// read nothing, and of a row it may give all but the tenant, which is that of the transaction.
    /// </summary>
    public const string IngestCopy = "crmkpi_ingest_copy";

    /// <summary>The same for facts and cells.</summary>
    public const string ProjectCopy = "crmkpi_project_copy";

    /// <summary>All of them, in the order in which they are made.</summary>
    internal static readonly string[] All = [Migrate, Ingest, Project, Query, Privacy, Monitor, IngestCopy, ProjectCopy];

    /// <summary>Who may become whom for a COPY.</summary>
    internal static readonly (string Role, string Member)[] Memberships = [(IngestCopy, Ingest), (ProjectCopy, Project)];

    /// <summary>The statement that makes a role.</summary>
    internal static string Create(string role) =>
        $"CREATE ROLE {role} NOLOGIN{(role is IngestCopy or ProjectCopy ? " BYPASSRLS" : "")}";

    /// <summary>A connection string whose sessions take on a role from their first moment on.</summary>
    public static string In(string connectionString, string role)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        settings.Options = $"{settings.Options} -c role={role}".TrimStart();
        // Over sixteen partitions a plan for one tenant always looks cheaper than one for any, so that each append would plan its
        // look for stored ids anew, which takes longer than the look.
        if (role == Ingest)
            settings.Options += " -c plan_cache_mode=force_generic_plan";
        // The reset of a pooled connection would take the role away. It is not needed: all else that sessions of the pool
        // set is local to a transaction.
        settings.NoResetOnClose = true;
        return settings.ConnectionString;
    }

    /// <summary>Takes on a role for the rest of the transaction.</summary>
    public static NpgsqlBatchCommand Become(string role) => new(role switch
    {
        IngestCopy => $"SET LOCAL ROLE {IngestCopy}",
        ProjectCopy => $"SET LOCAL ROLE {ProjectCopy}",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "Nobody becomes that role."),
    });
}
