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
