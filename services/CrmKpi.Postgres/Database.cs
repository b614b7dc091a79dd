using System.Data.Common;
using Npgsql;

namespace CrmKpi.Postgres;

/// <summary>
/// A database: its pool. Rows of tenants are had through <see cref="For(string)"/>; statements straight on the pool see none of
/// them, unless the login is above row-level security. The main database of an installation knows the further ones
/// (<see cref="Spread"/>), and leads to that in which a tenant lives.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    /// <summary>What the database of agencies, tenants and keys is called.</summary>
    public const string MainName = "main";

    /// <summary>The attribute of metrics that names a database.</summary>
    public const string Attribute = "crmkpi.database";

    /// <summary>What a database says that has no log of the tenant.</summary>
    public const string TenantLog = "tenant_log";

    /// <summary>What a database says that has a log of the tenant on its way, or left behind.</summary>
    public const string TenantHome = "tenant_home";

    /// <summary>Statements that a connection keeps prepared, unless the connection string says otherwise.</summary>
    private const int PreparedStatementsMax = 100;

    /// <summary>How fast a session that only waits notices a dead connection.</summary>
    private const int DedicatedKeepAliveSeconds = 10;

    /// <param name="role">One of <see cref="DatabaseRoles"/> that all sessions take on; null = as the login.</param>
    /// <param name="name">What <c>control.tenants.database</c> calls it.</param>
    public Database(string connectionString, string? role = null, string name = MainName)
    {
        Name = name;
        All = [this];
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
        DataSource = new NpgsqlDataSourceBuilder(ConnectionString)
        {
            Name = name == MainName ? role ?? "crmkpi" : $"{role ?? "crmkpi"}/{name}",
        }.Build();
    }

    /// <summary>The main database of an installation, with its further ones.</summary>
    /// <param name="homes">Where tenants live.</param>
    public static Database Spread(Database main, IReadOnlyList<Database> further, TenantHomes homes)
    {
        main.All = [new Database(main), .. further];
        main.Homes = homes;
        return main;
    }

    /// <summary>The same pool, for whoever means this very database whoever lives there.</summary>
    private Database(Database same)
    {
        (Name, ConnectionString, DataSource) = (same.Name, same.ConnectionString, same.DataSource);
        All = [this];
    }

    /// <summary>What <c>control.tenants.database</c> calls it.</summary>
    public string Name { get; }

    /// <summary>This one, and the further ones behind it. Each of these knows but itself.</summary>
    public IReadOnlyList<Database> All { get; private set; }

    /// <summary>Where tenants live; null when there are no further databases.</summary>
    public TenantHomes? Homes { get; private set; }

    /// <summary>The pool.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>The rows of a tenant, in the database in which it lives.</summary>
    /// <exception cref="TenantHomeException">It is not known which that is.</exception>
    public ScopedSession For(string tenant) => Home(tenant).For(Scope.OfTenant(tenant));

    /// <summary>The database in which a tenant lives.</summary>
    /// <exception cref="TenantHomeException">It is not known which that is.</exception>
    public Database Home(string tenant) => Homes is { } homes ? Named(homes.Of(tenant)) : this;

    /// <summary>One of <see cref="All"/>.</summary>
    /// <exception cref="TenantHomeException">There is none of the name.</exception>
    public Database Named(string name) =>
        All.FirstOrDefault(database => database.Name == name) ?? throw TenantHomeException.NoDatabase(name);

    /// <summary>
    /// Asks anew where a tenant lives, for somebody who has not found it where it was thought to be; true when that is another
    /// database, and it is worth another try.
    /// </summary>
    public async Task<bool> HasMoved(string tenant, Database from, CancellationToken ct = default)
    {
        if (Homes is not { } homes)
            return false;
        await homes.Refresh(ct);
        return Home(tenant) != from;
    }

    /// <summary>
    /// Adds something beside a tenant's log, in the database in which it lives; once more elsewhere when that has changed.
    /// </summary>
    public async Task<T> AtHome<T>(string tenant, Func<ScopedSession, Task<T>> add, CancellationToken ct = default)
    {
        var home = Home(tenant);
        try
        {
            return await add(home.For(Scope.OfTenant(tenant)));
        }
        catch (PostgresException e) when (
            e.SqlState == PostgresErrorCodes.ForeignKeyViolation && e.ConstraintName is TenantLog or TenantHome)
        {
            if (await HasMoved(tenant, home, ct))
                return await add(For(tenant));
            throw;
        }
    }

    /// <summary>An agency's tenants and own KPIs.</summary>
    public ScopedSession ForAgency(string agency) => For(Scope.OfAgency(agency));

    /// <summary>The rows of a scope, in this very database: agencies, tenants and keys stand in the main one.</summary>
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

    public async ValueTask DisposeAsync()
    {
        foreach (var further in All.Skip(1))
            await further.DisposeAsync();
        await DataSource.DisposeAsync();
    }
}
