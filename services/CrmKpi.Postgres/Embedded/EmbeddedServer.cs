using System.Diagnostics;
using Npgsql;

namespace CrmKpi.Postgres.Embedded;

/// <summary>
/// A private PostgreSQL server in a data directory: found, initialised, started, stopped. Works as root (the server
/// then runs as another user) and as a user; listens on a Unix socket and on a loopback port with a random password.
/// The server has a session of its own, so that Ctrl-C reaches the caller only, and shuts down when the caller's
/// process ends, however it ends: a watcher beside it waits for the end of a pipe that the caller holds.
/// </summary>
public sealed class EmbeddedServer : IAsyncDisposable
{
    private const string User = "crmkpi";
    private const string DatabaseName = "crmkpi";
    private const int StartSecondsMax = 180;
    private const int StopSecondsMax = 60;
    private const int PollMilliseconds = 50;
    private const int PortTries = 3;

    /// <summary>
    /// $1 = file for output, $2 = postmaster.pid, rest = the server's command, by which the shell replaces itself.
    /// The watcher is nobody's child (double fork): PostgreSQL would take its death for that of a backend.
    /// </summary>
    private const string Launcher = """
        exec 3<&0 </dev/null >>"$1" 2>&1
        pidfile=$2
        shift 2
        ( ( cat <&3; [ "$(head -n 1 "$pidfile")" = "$$" ] && kill -INT $$ ) >/dev/null 2>&1 & )
        exec 3<&-
        exec "$@"
        """;

    private readonly DataDirectory _directory;
    private readonly ServerUser _user;
    private readonly string _bin;
    private readonly bool _durable;
    private readonly LockFile _lock;
    private Process? _process;
    private int _port;

    private EmbeddedServer(DataDirectory directory, ServerUser user, string bin, bool durable, LockFile held) =>
        (_directory, _user, _bin, _durable, _lock) = (directory, user, bin, durable, held);

    /// <summary>To the database <c>crmkpi</c>, as superuser, by the socket where its path is short enough.</summary>
    public string ConnectionString => ConnectionTo(DatabaseName);

    /// <summary>The postmaster's process, for tests that kill it.</summary>
    public int ProcessId { get; private set; }

    /// <summary>The loopback port.</summary>
    public int Port => _port;

    /// <summary>
    /// Where a server lives when the caller names no place: below <c>/var/lib</c> for root (whose home is closed to the
    /// server's user), else in the user's data directory.
    /// </summary>
    public static string DefaultDataDirectory => Environment.IsPrivilegedProcess
        ? "/var/lib/crmkpi"
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "crmkpi");

    /// <summary>Starts the server of a data directory, making it on first use.</summary>
    /// <param name="dataDirectory">Survives restarts.</param>
    /// <param name="binDirectory">Binaries; null = <see cref="FindBinaries"/>.</param>
    /// <param name="durable">False turns fsync off: for tests that never kill the server.</param>
    /// <exception cref="InvalidOperationException">
    /// Another process owns the directory, or the server cannot run in it.
    /// </exception>
    public static async Task<EmbeddedServer> Start(
        string dataDirectory, string? binDirectory = null, bool durable = true, CancellationToken ct = default)
    {
        var directory = new DataDirectory(dataDirectory);
        Directory.CreateDirectory(directory.Root);
        var held = LockFile.TryTake(directory.LockPath) ?? throw new InvalidOperationException(
            $"The data directory '{directory.Root}' is in use by another process that runs its PostgreSQL server. " +
            "Stop that process first, or choose another data directory.");
        try
        {
            var user = await ServerUser.Choose(ct);
            var bin = binDirectory ?? await FindBinaries(ct);
            await user.CheckReach(directory.Root, ct);
            await user.CheckReach(bin, ct);
            var server = new EmbeddedServer(directory, user, bin, durable, held);
            await server.StopOrphan(ct);
            await server.Initialise(ct);
            await server.Launch(ct);
            return server;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The directory with <c>postgres</c> and <c>initdb</c>: the variable CRMKPI_POSTGRES_BIN (a directory, or
    /// <c>npm</c> for the npm package), then PATH, then <c>/usr/lib/postgresql/*/bin</c> (newest first), then the npm
    /// package; else an error that says what to do.
    /// </summary>
    public static Task<string> FindBinaries(CancellationToken ct = default) => Binaries.Find(ct);

    /// <summary>
    /// Kills the server and its sessions (SIGKILL), as a crash would. <see cref="Restart"/> brings it back.
    /// </summary>
    public async Task Kill()
    {
        var children = Signals.Children(ProcessId);
        Signals.Send(ProcessId, Signals.Kill);
        foreach (var child in children)
            Signals.Send(child, Signals.Kill);
        foreach (var processId in children.Append(ProcessId))
            while (Signals.IsAlive(processId))
                await Task.Delay(PollMilliseconds);
        await Reap();
    }

    /// <summary>Starts the server again on the same port; stops it before if it runs.</summary>
    public async Task Restart(CancellationToken ct = default)
    {
        await Stop(ct);
        await Launch(ct);
    }

    /// <summary>Fast shutdown, awaited. The data stays.</summary>
    public async ValueTask DisposeAsync()
    {
        await Stop(CancellationToken.None);
        _lock.Dispose();
    }

    /// <summary>A connection string to another database of this server.</summary>
    public string ConnectionTo(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = _directory.SocketFits ? _directory.Sockets : "127.0.0.1",
        Port = _port,
        Username = User,
        Password = _directory.Password(),
        Database = database,
    }.ConnectionString;

    private async Task Initialise(CancellationToken ct)
    {
        foreach (var path in new[] { _directory.Sockets, _directory.Logs })
        {
            Directory.CreateDirectory(path);
            await _user.TakeOwnership(path, ct);
        }
        if (Directory.Exists(_directory.Cluster))
            return;

        // Made beside its place and moved there when whole: an interrupted initdb leaves nothing half-made.
        var fresh = _directory.Cluster + ".new";
        if (Directory.Exists(fresh))
            Directory.Delete(fresh, recursive: true);
        Directory.CreateDirectory(fresh);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(fresh, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await _user.TakeOwnership(fresh, ct);
        var passwordFile = Path.Combine(_directory.Root, "password.initdb");
        DataDirectory.WritePrivate(passwordFile, _directory.Password());
        await _user.TakeOwnership(passwordFile, ct);
        try
        {
            await Command.RunOrThrow(_user.Wrap(
            [
                Path.Combine(_bin, "initdb"), "-D", fresh, "-U", User, $"--pwfile={passwordFile}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", .. _durable ? Array.Empty<string>() : ["--no-sync"],
            ]), ct, ServerEnvironment);
        }
        finally
        {
            File.Delete(passwordFile);
        }
        File.AppendAllText(Path.Combine(fresh, "postgresql.conf"), $"\ninclude '{ServerConfiguration.FileName}'\n");
        Directory.Move(fresh, _directory.Cluster);
    }

    private async Task Launch(CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            _port = _directory.FreePort(another: attempt > 1);
            var settings = Path.Combine(_directory.Cluster, ServerConfiguration.FileName);
            File.WriteAllText(settings, ServerConfiguration.Text(_directory, _port, _durable));
            await _user.TakeOwnership(settings, ct);
            File.WriteAllText(_directory.StartLog, "");
            _process = StartProcess();
            try
            {
                if (await WaitUntilReady(ct))
                    break;
            }
            catch
            {
                await Stop(CancellationToken.None);
                throw;
            }
            await Reap();
            if (attempt == PortTries)
                throw new InvalidOperationException(
                    $"PostgreSQL ({_bin}) ended while starting in '{_directory.Root}':\n{LastLogLines()}");
        }
        ProcessId = _directory.ReadProcessId()
            ?? throw new InvalidOperationException(
                $"The PostgreSQL server in '{_directory.Root}' ended right after its start.");
        await CreateDatabase(ct);
    }

    private Process StartProcess()
    {
        IReadOnlyList<string> shell =
        [
            "/bin/sh", "-c", Launcher, "crmkpi-postgres", _directory.StartLog,
            Path.Combine(_directory.Cluster, "postmaster.pid"), .. _user.Wrap([Path.Combine(_bin, "postgres"), "-D", _directory.Cluster]),
        ];
        if (Command.Which("setsid") is { } setsid)
            shell = [setsid, .. shell];
        var start = new ProcessStartInfo(shell[0]) { RedirectStandardInput = true, WorkingDirectory = "/" };
        foreach (var argument in shell.Skip(1))
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in ServerEnvironment)
            start.Environment[name] = value;
        var ofClients = start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList();
        foreach (var name in ofClients)
            start.Environment.Remove(name);
        return Process.Start(start)!;
    }

    /// <summary>False when the server's process ended.</summary>
    private async Task<bool> WaitUntilReady(CancellationToken ct)
    {
        await using var probe = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionTo("postgres"))
        {
            Pooling = false,
        });
        var waited = Stopwatch.StartNew();
        while (!_process!.HasExited)
        {
            try
            {
                await using var connection = await probe.OpenConnectionAsync(ct);
                return true;
            }
            catch (NpgsqlException e) when (e.SqlState is null or PostgresErrorCodes.CannotConnectNow)
            {
                if (waited.Elapsed > TimeSpan.FromSeconds(StartSecondsMax))
                    throw new TimeoutException(
                        $"PostgreSQL in '{_directory.Root}' took no connection for {StartSecondsMax} s:\n{LastLogLines()}",
                        e);
            }
            await Task.Delay(PollMilliseconds, ct);
        }
        return false;
    }

    private async Task CreateDatabase(CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionTo("postgres"))
        {
            Pooling = false,
        });
        await using var exists = source.CreateCommand($"SELECT 1 FROM pg_database WHERE datname = '{DatabaseName}'");
        if (await exists.ExecuteScalarAsync(ct) is not null)
            return;
        await using var create = source.CreateCommand($"CREATE DATABASE {DatabaseName}");
        await create.ExecuteNonQueryAsync(ct);
    }

    /// <summary>
    /// A server whose owner died may still be shutting down, or be left alone: the lock is ours, so we end it.
    /// </summary>
    private async Task StopOrphan(CancellationToken ct)
    {
        if (_directory.RunningServer() is { } orphan)
            await Shutdown(orphan, () => !Signals.IsAlive(orphan), ct);
    }

    private async Task Stop(CancellationToken ct)
    {
        if (_process is not { } process)
            return;
        if (!process.HasExited)
            await Shutdown(_directory.ReadProcessId() ?? process.Id, () => process.HasExited, ct);
        await Reap();
    }

    private async Task Shutdown(int processId, Func<bool> ended, CancellationToken ct)
    {
        foreach (var signal in new[] { Signals.Interrupt, Signals.Quit, Signals.Kill })
        {
            Signals.Send(processId, signal);
            var waited = Stopwatch.StartNew();
            while (!ended() && waited.Elapsed < TimeSpan.FromSeconds(StopSecondsMax))
                await Task.Delay(PollMilliseconds, ct);
            if (ended())
                return;
        }
        throw new InvalidOperationException(
            $"The PostgreSQL server {processId} in '{_directory.Root}' cannot be stopped.");
    }

    private async Task Reap()
    {
        if (_process is not { } process)
            return;
        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }

    private string LastLogLines()
    {
        const int LinesMax = 20;
        var files = Directory.EnumerateFiles(_directory.Logs).OrderByDescending(File.GetLastWriteTimeUtc).Take(2);
        return string.Join('\n', files.SelectMany(file => File.ReadLines(file).TakeLast(LinesMax)));
    }

    private static readonly Dictionary<string, string> ServerEnvironment = new() { ["LC_ALL"] = "C", ["TZ"] = "UTC" };
}
