using System.Collections.Concurrent;
using System.Diagnostics;
using CrmKpi.Postgres.Embedded;

namespace CrmKpi.Testing;

/// <summary>
/// One PostgreSQL cluster for the whole test process, started when first asked for, in a temporary directory that is
/// removed at the end. It does not survive a crash (fsync off): a test that kills the server starts one of its own with
/// <see cref="StartOwn"/>. The variable CRMKPI_POSTGRES_BIN chooses the binaries; <c>npm</c> means the npm package.
/// </summary>
public sealed class PostgresFixture
{
    private const string DirectoryPrefix = "crmkpi-test-";

    private static readonly Lazy<Task<EmbeddedServer>> Shared = new(StartShared);

    /// <summary>Kept: a collected process object closes its pipe, which is the sign to clean.</summary>
    private static readonly ConcurrentBag<Process> Cleaners = [];

    /// <summary>The shared server.</summary>
    public static Task<EmbeddedServer> Server => Shared.Value;

    /// <summary>
    /// A server of the caller's own, durable unless said otherwise, in a directory that goes away with it.
    /// </summary>
    public static async Task<OwnServer> StartOwn(bool durable = true, CancellationToken ct = default)
    {
        var directory = NewDirectory();
        return new OwnServer(await EmbeddedServer.Start(directory, durable: durable, ct: ct), directory);
    }

    private static async Task<EmbeddedServer> StartShared()
    {
        return await EmbeddedServer.Start(NewDirectory(), durable: false);
    }

    private static string NewDirectory()
    {
        var directory = Path.Combine(Path.GetTempPath(), DirectoryPrefix + Path.GetRandomFileName());
        StartCleaner(directory);
        return directory;
    }

    /// <summary>
    /// Test hosts give no time for cleaning when they end, and may be killed: so a shell waits for the end of this
    /// process (of the pipe that it holds) and then removes the server, whose data nobody needs any more, and its
    /// directory.
    /// </summary>
    private static void StartCleaner(string directory)
    {
        const string Script = """
            cat >/dev/null
            pid=$(head -n 1 "$1/pg/postmaster.pid" 2>/dev/null) && kill -9 "$pid"
            sleep 1
            rm -rf "$1"
            """;
        var start = new ProcessStartInfo("/bin/sh")
        {
            // A background job of a shell has no standard input of its own: hand it over as descriptor 3.
            ArgumentList = { "-c", $"exec 3<&0; ( exec <&3; {Script} ) >/dev/null 2>&1 &", "crmkpi-test-cleaner", directory },
            RedirectStandardInput = true,
        };
        Cleaners.Add(Process.Start(start)!);
    }
}

/// <summary>A server with a temporary directory.</summary>
public sealed class OwnServer(EmbeddedServer server, string directory) : IAsyncDisposable
{
    public EmbeddedServer Server { get; } = server;
    public string DataDirectory { get; } = directory;

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(DataDirectory, recursive: true);
    }
}
