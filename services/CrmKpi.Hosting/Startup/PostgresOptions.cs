using System.ComponentModel.DataAnnotations;

namespace CrmKpi.Hosting.Startup;

/// <summary>The database: section <c>Postgres</c>.</summary>
public sealed class PostgresOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Postgres";

    /// <summary>Npgsql connection string. Required; as a variable: <c>Postgres__ConnectionString</c>.</summary>
    [Required(ErrorMessage = "Postgres:ConnectionString is missing. Set it, or the variable Postgres__ConnectionString.")]
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// Npgsql connection string of a login of the role crmkpi_migrate, for migrations and the first key; else
    /// <see cref="ConnectionString"/> serves for these too.
    /// </summary>
    public string? MigrationConnectionString { get; set; }

    /// <summary>
    /// Applies the migrations, makes the first key, and ends: the job that runs before an upgrade. Only projections know the
    /// migrations of everybody.
    /// </summary>
    public bool MigrateOnly { get; set; }

    /// <summary>
    /// How long the start waits for the database before the service listens all the same, alive but not ready, and goes on
    /// trying.
    /// </summary>
    [Range(0, 600)]
    public int StartSecondsMax { get; set; } = 10;
}
