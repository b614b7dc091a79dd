using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;

namespace CrmKpi.Postgres;

/// <summary>
/// Applies the numbered SQL files that assemblies embed (<c>Migrations/NNN_name.sql</c>), once each and in order, under
/// an advisory lock: whoever starts first does it, the others wait. A file that was changed after it was applied is an
/// error. Each file is one transaction together with its record in <c>control.migrations</c>.
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
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await Execute(connection, $"SELECT pg_advisory_lock({LockKey})", ct);
        try
        {
            await Execute(connection, Sql.Text<Database>("Migrations.create_migrations_table.sql"), ct);
            var applied = await Applied(connection, ct);
            foreach (var file in files)
            {
                if (!applied.TryGetValue(file.Name, out var checksum))
                    await ApplyOne(connection, file, ct);
                else if (checksum != file.Checksum)
                    throw new MigrationException(
                        $"Migration '{file.Name}' was changed after it had been applied to this database "
                        + $"(recorded {checksum}, now {file.Checksum}). Put the file back and write the change as a new migration.");
            }
        }
        finally
        {
            // A connection that broke gave its lock back by that.
            if (connection.State == System.Data.ConnectionState.Open)
                await Execute(connection, $"SELECT pg_advisory_unlock({LockKey})", CancellationToken.None);
        }
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
        catch (PostgresException e)
        {
            throw new MigrationException($"Migration '{file.Name}' failed: {e.MessageText} (position {e.Position})", e);
        }
    }

    private static async Task<Dictionary<string, string>> Applied(NpgsqlConnection connection, CancellationToken ct)
    {
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
                {
                    using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
                    var text = reader.ReadToEnd().ReplaceLineEndings("\n");
                    var checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
                    files.Add((int.Parse(match.Groups["number"].ValueSpan, null), place,
                        new MigrationFile($"{assembly.GetName().Name}/{match.Groups["name"].Value}", text, checksum)));
                }
        var doubled = files.GroupBy(file => (file.Number, file.Place)).FirstOrDefault(group => group.Count() > 1);
        if (doubled is not null)
            throw new MigrationException(
                $"Two migrations have the number {doubled.Key.Number}: "
                + $"{string.Join(", ", doubled.Select(file => file.File.Name))}.");
        return [.. files.OrderBy(file => (file.Number, file.Place)).Select(file => file.File)];
    }

    [GeneratedRegex(@"\.Migrations\.(?<name>(?<number>\d+)_[^.]+)\.sql$", RegexOptions.CultureInvariant)]
    private static partial Regex ResourceName();

    private sealed record MigrationFile(string Name, string Text, string Checksum);
}

/// <summary>The database cannot be brought to the schema that this version needs.</summary>
public sealed class MigrationException(string message, Exception? inner = null) : Exception(message, inner);
