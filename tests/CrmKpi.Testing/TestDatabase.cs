using System.Reflection;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Embedded;
using Npgsql;

namespace CrmKpi.Testing;

/// <summary>
/// A fresh, migrated database of a test: <c>await using var db = await TestDatabase.Create();</c>. It is copied from a
/// template that is migrated once a process, and dropped when disposed.
/// </summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private const string Template = "crmkpi_template";

    private static readonly Lazy<Task> MigratedTemplate = new(MigrateTemplate);

    /// <summary>PostgreSQL copies a template only while nobody is connected to it: one copy at a time.</summary>
    private static readonly SemaphoreSlim Copying = new(1);

    private static int _count;

    private readonly EmbeddedServer _server;

    private TestDatabase(EmbeddedServer server, string name)
    {
        _server = server;
        Name = name;
        ConnectionString = server.ConnectionTo(name);
        Database = new Database(ConnectionString);
    }

    /// <summary>The assemblies whose migrations make the schema, in order.</summary>
    public static IReadOnlyList<Assembly> Assemblies { get; } =
        [typeof(Database).Assembly, typeof(EventLog.EventLog).Assembly, typeof(ReadModels.ProjectionStatus).Assembly];

    /// <summary>The database's name on the shared server.</summary>
    public string Name { get; }

    public string ConnectionString { get; }

    public Database Database { get; }

    /// <summary>The pool of <see cref="Database"/>.</summary>
    public NpgsqlDataSource DataSource => Database.DataSource;

    /// <summary>The database as a service of a role sees it. The caller disposes it.</summary>
    public Database As(string role) => new(ConnectionString, role);

    /// <summary>Makes a database with the whole schema, or an empty one.</summary>
    public static async Task<TestDatabase> Create(bool migrated = true)
    {
        var server = await PostgresFixture.Server;
        if (migrated)
            await MigratedTemplate.Value;
        var name = $"test_{Interlocked.Increment(ref _count)}";
        await Copying.WaitAsync();
        try
        {
            await Admin(server, $"CREATE DATABASE {name} TEMPLATE {(migrated ? Template : "template0")}");
        }
        finally
        {
            Copying.Release();
        }
        return new TestDatabase(server, name);
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await Admin(_server, $"DROP DATABASE {Name} WITH (FORCE)");
    }

    /// <summary>Runs a statement and returns its first value: for assertions on tables.</summary>
    public async Task<T> Scalar<T>(string sql, params object[] parameters)
    {
        await using var command = DataSource.CreateCommand(sql);
        foreach (var value in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        var result = await command.ExecuteScalarAsync();
        return result is T typed
            ? typed
            : throw new InvalidOperationException($"Expected {typeof(T).Name}, got {result?.GetType().Name ?? "null"}: {sql}");
    }

    /// <summary>Runs a statement.</summary>
    public async Task<int> Execute(string sql, params object[] parameters)
    {
        await using var command = DataSource.CreateCommand(sql);
        foreach (var value in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteNonQueryAsync();
    }

    private static async Task MigrateTemplate()
    {
        var server = await PostgresFixture.Server;
        await Admin(server, $"CREATE DATABASE {Template}");
        var unpooled = new NpgsqlConnectionStringBuilder(server.ConnectionTo(Template)) { Pooling = false };
        await using var database = new Database(unpooled.ConnectionString);
        await Migrator.Apply(database, Assemblies);
    }

    private static async Task Admin(EmbeddedServer server, string sql)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(server.ConnectionTo("postgres")) { Pooling = false };
        await using var source = NpgsqlDataSource.Create(unpooled);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
