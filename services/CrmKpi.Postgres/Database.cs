using Npgsql;

namespace CrmKpi.Postgres;

/// <summary>A tenant database: its pool and its migrations.</summary>
public sealed class Database : IAsyncDisposable
{
    public Database(string connectionString) => DataSource = new NpgsqlDataSourceBuilder(connectionString).Build();

    /// <summary>The pool.</summary>
    public NpgsqlDataSource DataSource { get; }

    public ValueTask DisposeAsync() => DataSource.DisposeAsync();
}

/// <summary>
/// Applies the numbered SQL files that assemblies embed (<c>Migrations/NNN_name.sql</c>), once each and in order, under an
/// advisory lock: whoever starts first does it, the others wait. A file that was changed after it was applied is an error.
/// </summary>
public static class Migrator
{
    public static Task Apply(Database database, IReadOnlyList<System.Reflection.Assembly> assemblies, CancellationToken ct = default) =>
        throw new NotImplementedException();
}
