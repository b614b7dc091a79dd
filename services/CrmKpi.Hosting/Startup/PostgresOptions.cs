using System.ComponentModel.DataAnnotations;

namespace CrmKpi.Hosting.Startup;

/// <summary>The database: section <c>Postgres</c>.</summary>
public sealed class PostgresOptions : IValidatableObject
{
    private const int DatabasesMax = 64;

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
    /// Further databases: a tenant lives wholly in one; <c>main</c> is that of <see cref="ConnectionString"/>. As variables:
    /// <c>Postgres__Databases__0__Name</c>, <c>Postgres__Databases__0__ConnectionString</c>. All services need the same ones.
    /// </summary>
    public IList<FurtherDatabaseOptions> Databases { get; } = [];

    /// <summary>The name of the database that newly registered tenants get.</summary>
    public string NewTenantsIn { get; set; } = Postgres.Database.MainName;

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

    /// <summary>The connection string of a database by its name.</summary>
    public string ConnectionStringOf(string name) => name == Postgres.Database.MainName
        ? ConnectionString
        : Databases.First(further => further.Name == name).ConnectionString;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Databases.Count > DatabasesMax)
            yield return new ValidationResult($"Postgres:Databases has {Databases.Count} entries; {DatabasesMax} are possible.");
        foreach (var (i, database) in Databases.Index())
        {
            var results = new List<ValidationResult>();
            Validator.TryValidateObject(database, new ValidationContext(database), results, validateAllProperties: true);
            foreach (var result in results)
                yield return new ValidationResult($"Postgres:Databases:{i}: {result.ErrorMessage}", result.MemberNames);
        }
        string[] names = [Postgres.Database.MainName, .. Databases.Select(database => database.Name)];
        foreach (var twice in names.GroupBy(name => name).Where(group => group.Count() > 1))
            yield return new ValidationResult(twice.Key == Postgres.Database.MainName
                ? "Postgres:Databases: 'main' is the database of Postgres:ConnectionString; call a further one otherwise."
                : $"Postgres:Databases: two have the name '{twice.Key}'.");
        if (!names.Contains(NewTenantsIn))
            yield return new ValidationResult(
                $"Postgres:NewTenantsIn is '{NewTenantsIn}', which is no database. Known: {string.Join(", ", names)}.");
    }
}

/// <summary>A further database of the installation: <c>Postgres:Databases</c>.</summary>
public sealed class FurtherDatabaseOptions
{
    /// <summary>What <c>control.tenants.database</c> calls it; never change it.</summary>
    [Required(ErrorMessage = "its Name is missing.")]
    [RegularExpression("^[a-z][a-z0-9-]{0,30}$", ErrorMessage = "a Name has lower-case letters, digits and hyphens, 31 at most.")]
    public string Name { get; set; } = "";

    /// <summary>As <see cref="PostgresOptions.ConnectionString"/>.</summary>
    [Required(ErrorMessage = "its ConnectionString is missing.")]
    public string ConnectionString { get; set; } = "";

    /// <summary>As <see cref="PostgresOptions.MigrationConnectionString"/>.</summary>
    public string? MigrationConnectionString { get; set; }
}
