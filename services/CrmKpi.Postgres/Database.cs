using System.Data.Common;
using Npgsql;

namespace CrmKpi.Postgres;

/// <summary>
/// A tenant database: its pool. Rows of tenants are had through <see cref="For(string)"/>; statements straight on the pool see
/// none of them, unless the login is above row-level security.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    /// <summary>Statements that a connection keeps prepared, unless the connection string says otherwise.</summary>
    private const int PreparedStatementsMax = 100;

    /// <summary>How fast a session that only waits notices a dead connection.</summary>
    private const int DedicatedKeepAliveSeconds = 10;

    /// <param name="role">One of <see cref="DatabaseRoles"/> that all sessions take on; null = as the login.</param>
    public Database(string connectionString, string? role = null)
    {
        if (role is not null)
            connectionString = DatabaseRoles.In(connectionString, role);
        var given = new DbConnectionStringBuilder { ConnectionString = connectionString };
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (!given.ContainsKey("Max Auto Prepare") && !given.ContainsKey("MaxAutoPrepare"))
        {
            settings.MaxAutoPrepare = PreparedStatementsMax;
            settings.AutoPrepareMinUsages = 2;
        }
        ConnectionString = settings.ConnectionString;
        // Named, or its metrics would be marked with the connection string.
        DataSource = new NpgsqlDataSourceBuilder(ConnectionString) { Name = role ?? "crmkpi" }.Build();
    }

    /// <summary>The pool.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>The rows of a tenant.</summary>
    public ScopedSession For(string tenant) => For(Scope.OfTenant(tenant));

    /// <summary>An agency's tenants and own KPIs.</summary>
    public ScopedSession ForAgency(string agency) => For(Scope.OfAgency(agency));

    /// <summary>The rows of a scope.</summary>
    public ScopedSession For(Scope scope) => new(DataSource, scope);

    /// <summary>With the password: never log it.</summary>
    internal string ConnectionString { get; }

    /// <summary>
    /// A connection outside the pool, for a session that stays: a listener, a lock holder. The caller disposes it.
    /// </summary>
    public async Task<NpgsqlConnection> OpenDedicated(CancellationToken ct = default)
    {
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString)
        {
            Pooling = false,
            KeepAlive = DedicatedKeepAliveSeconds,
        };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => DataSource.DisposeAsync();
}
