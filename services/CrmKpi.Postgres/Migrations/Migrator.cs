using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;

namespace CrmKpi.Postgres;

/// <summary>
/// Applies the numbered SQL files that assemblies embed (<c>Migrations/NNN_name.sql</c>), once each and in order, under
/// an advisory lock: whoever starts first does it, the others wait. A file that was changed after it was applied is an
/// error. Each file is one transaction together with its record in <c>control.migrations</c>. Then come the rights of the
/// services' roles (<c>Migrations/rights.sql</c> of each assembly) and row-level security, whenever anything is new. What is made
/// belongs to the role <see cref="DatabaseRoles.Migrate"/>; a login without rights can start where nothing is left to do.
/// </summary>
public static partial class Migrator
{
    /// <summary>The advisory lock's key: the same for whoever migrates a database.</summary>
    private const long LockKey = 0x63726d6b7069; // "crmkpi"

    private const int StatementSecondsMax = 600;

    /// <summary>Applies what is missing.</summary>
    /// <param name="assemblies">Their files are ordered by number, then by the assembly's place in the list.</param>
    /// <exception cref="MigrationException">
    /// A file was changed after it had been applied, two have one number, or one failed.
    /// </exception>
    public static async Task Apply(
        Database database, IReadOnlyList<Assembly> assemblies, CancellationToken ct = default)
    {
        var files = Files(assemblies);
        // In the order of the migrations: a later assembly grants on tables that it made in an earlier one's schema.
        var rights = Rights([.. files.Select(file => file.Assembly).Distinct()]);
        await using var connection = await database.OpenDedicated(ct);
        try
        {
            var known = await Applied(connection, ct);
            if (await RoleSetup.Missing(connection, ct) is { Count: 0 }
                && files.Concat(rights).All(file => known.GetValueOrDefault(file.Name) == file.Checksum))
                return;
            await ApplyLocked(connection, files, rights, ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new MigrationRightsException(e);
        }
    }

    private static async Task ApplyLocked(
        NpgsqlConnection connection, List<MigrationFile> files, List<MigrationFile> rights, CancellationToken ct)
    {
        await Execute(connection, $"SELECT pg_advisory_lock({LockKey})", ct);
        try
        {
            await ApplyMissing(connection, files, rights, ct);
        }
        finally
        {
            // A connection that broke gave its lock back by that.
            if (connection.State == System.Data.ConnectionState.Open)
                await Execute(connection, $"SELECT pg_advisory_unlock({LockKey})", CancellationToken.None);
        }
    }

    private static async Task ApplyMissing(
        NpgsqlConnection connection, List<MigrationFile> files, List<MigrationFile> rights, CancellationToken ct)
    {
        var isNew = await RoleSetup.Make(connection, ct);
        await RoleSetup.BecomeOwner(connection, ct);
        await Execute(connection, Sql.Text<Database>("Migrations.create_migrations_table.sql"), ct);
        var applied = await Applied(connection, ct);
        foreach (var file in files)
        {
            if (!applied.TryGetValue(file.Name, out var checksum))
            {
                await ApplyOne(connection, file, ct);
                isNew = true;
            }
            else if (checksum != file.Checksum)
                throw new MigrationException(
                    $"Migration '{file.Name}' was changed after it had been applied to this database "
                    + $"(recorded {checksum}, now {file.Checksum}). Put the file back and write the change as a new migration.");
        }
        if (isNew || rights.Any(file => applied.GetValueOrDefault(file.Name) != file.Checksum))
            await ApplyRights(connection, rights, ct);
    }

    /// <summary>All rights in one transaction: no service meets half of them.</summary>
    private static async Task ApplyRights(NpgsqlConnection connection, List<MigrationFile> rights, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        foreach (var file in rights)
        {
            try
            {
                await Execute(connection, file.Text, ct);
            }
            catch (PostgresException e) when (e.SqlState != PostgresErrorCodes.InsufficientPrivilege)
            {
                throw new MigrationException($"'{file.Name}' failed: {e.MessageText} (position {e.Position})", e);
            }
            await using var record = new NpgsqlCommand(
                "INSERT INTO control.migrations (name, checksum) VALUES ($1, $2) "
                + "ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, applied_at = now()", connection)
            {
                Parameters = { new() { Value = file.Name }, new() { Value = file.Checksum } },
            };
            await record.ExecuteNonQueryAsync(ct);
        }
        if (rights.Count > 0)
            await Execute(connection, "SELECT control.protect_tables()", ct);
        await transaction.CommitAsync(ct);
    }

    private static async Task ApplyOne(NpgsqlConnection connection, MigrationFile file, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            await Execute(connection, file.Text, ct);
            await using var record = new NpgsqlCommand(
                "INSERT INTO control.migrations (name, checksum) VALUES ($1, $2)", connection)
            {
                Parameters = { new() { Value = file.Name }, new() { Value = file.Checksum } },
            };
            await record.ExecuteNonQueryAsync(ct);
            await transaction.CommitAsync(ct);
        }
        catch (PostgresException e) when (e.SqlState != PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new MigrationException($"Migration '{file.Name}' failed: {e.MessageText} (position {e.Position})", e);
        }
    }

    private static async Task<Dictionary<string, string>> Applied(NpgsqlConnection connection, CancellationToken ct)
    {
        await using (var any = new NpgsqlCommand("SELECT to_regclass('control.migrations') IS NOT NULL", connection))
            if (await any.ExecuteScalarAsync(ct) is false)
                return [];
        await using var command = new NpgsqlCommand("SELECT name, checksum FROM control.migrations", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var applied = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
            applied.Add(reader.GetString(0), reader.GetString(1));
        return applied;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = StatementSecondsMax };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static List<MigrationFile> Files(IReadOnlyList<Assembly> assemblies)
    {
        var files = new List<(int Number, int Place, MigrationFile File)>();
        foreach (var (place, assembly) in assemblies.Index())
            foreach (var resource in assembly.GetManifestResourceNames())
                if (ResourceName().Match(resource) is { Success: true } match)
                    files.Add((int.Parse(match.Groups["number"].ValueSpan, null), place,
                        Read(assembly, resource, match.Groups["name"].Value)));
        var doubled = files.GroupBy(file => (file.Number, file.Place)).FirstOrDefault(group => group.Count() > 1);
        if (doubled is not null)
            throw new MigrationException(
                $"Two migrations have the number {doubled.Key.Number}: "
                + $"{string.Join(", ", doubled.Select(file => file.File.Name))}.");
        return [.. files.OrderBy(file => (file.Number, file.Place)).Select(file => file.File)];
    }

    private static List<MigrationFile> Rights(IReadOnlyList<Assembly> assemblies) =>
    [
        .. from assembly in assemblies
           let resource = $"{assembly.GetName().Name}.Migrations.rights.sql"
           where assembly.GetManifestResourceInfo(resource) is not null
           select Read(assembly, resource, "rights"),
    ];

    private static MigrationFile Read(Assembly assembly, string resource, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        var text = reader.ReadToEnd().ReplaceLineEndings("\n");
        var checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        return new MigrationFile(assembly, $"{assembly.GetName().Name}/{name}", text, checksum);
    }

    [GeneratedRegex(@"\.Migrations\.(?<name>(?<number>\d+)_[^.]+)\.sql$", RegexOptions.CultureInvariant)]
    private static partial Regex ResourceName();

    private sealed record MigrationFile(Assembly Assembly, string Name, string Text, string Checksum);
}

/// <summary>The database cannot be brought to the schema that this version needs.</summary>
public class MigrationException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// The database lacks something that this login may not make: another login, or an administrator, has to come first.
/// </summary>
public sealed class MigrationRightsException(PostgresException inner, string? sql = null) : MigrationException(
    $"The database is not at the schema of this version, and this login may not bring it there: {inner.MessageText}. "
    + (sql is null
        ? "Set Postgres:MigrationConnectionString to a login of the role crmkpi_migrate, or start a service that has one first."
        : $"Let an administrator of the database run first: {sql}"),
    inner);
