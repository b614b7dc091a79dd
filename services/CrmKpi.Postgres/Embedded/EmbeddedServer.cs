namespace CrmKpi.Postgres.Embedded;

/// <summary>
/// A private PostgreSQL server in a data directory: found, initialised, started, stopped. Works as root (the server then
/// runs as another user) and as a user; listens on a Unix socket and on a loopback port with a random password.
/// </summary>
public sealed class EmbeddedServer : IAsyncDisposable
{
    private EmbeddedServer(string connectionString) => ConnectionString = connectionString;

    /// <summary>To the database <c>crmkpi</c>.</summary>
    public string ConnectionString { get; }

    /// <summary>The server process, for tests that kill it.</summary>
    public int ProcessId { get; private set; }

    /// <summary>Starts the server of a data directory, making it on first use.</summary>
    /// <param name="dataDirectory">Survives restarts.</param>
    /// <param name="binDirectory">Binaries; null = <see cref="FindBinaries"/>.</param>
    /// <param name="durable">False turns fsync off: for tests that never kill the server.</param>
    public static Task<EmbeddedServer> Start(
        string dataDirectory, string? binDirectory = null, bool durable = true, CancellationToken ct = default) =>
        throw new NotImplementedException();

    /// <summary>
    /// The directory with <c>postgres</c> and <c>initdb</c>: the variable CRMKPI_POSTGRES_BIN, then PATH, then
    /// <c>/usr/lib/postgresql/*/bin</c> (newest first), then the npm package; else an error that says what to do.
    /// </summary>
    public static Task<string> FindBinaries(CancellationToken ct = default) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
