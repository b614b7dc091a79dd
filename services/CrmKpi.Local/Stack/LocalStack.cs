using System.Net;
using System.Net.Sockets;
using System.Reflection;
using CrmKpi.Gateway;
using CrmKpi.Hosting.Telemetry;
using CrmKpi.Ingestion;
using CrmKpi.Local.Logs;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Embedded;
using CrmKpi.Projections;
using CrmKpi.Query;
using CrmKpi.ReadModels;

namespace CrmKpi.Local.Stack;

/// <summary>
/// Everything in one process: 1. the gateway's ports are free; 2. PostgreSQL, embedded or given; 3. migrations and the first admin
/// key; 4. ingestion, projections and query on free loopback ports; 5. the gateway in front. Stops in reverse.
/// </summary>
public sealed class LocalStack : IAsyncDisposable
{
    private const string AnyPort = "http://127.0.0.1:0";

    private static readonly TimeSpan StopTimeMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ReadyTimeMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ReadyInterval = TimeSpan.FromMilliseconds(50);

    private readonly List<WebApplication> _services = [];
    private readonly LogFile _log;
    private EmbeddedServer? _server;
    private Database? _database;

    private LocalStack(LocalOptions options) =>
        _log = new LogFile(Path.Combine(options.Data, "logs", "crmkpi.log"));

    /// <summary>Address of the gateway.</summary>
    public Uri Gateway { get; private set; } = null!;

    /// <summary>Address of the gateway for gRPC.</summary>
    public Uri Grpc { get; private set; } = null!;

    /// <summary>Connection string of the database.</summary>
    public string Postgres { get; private set; } = null!;

    /// <summary>The embedded server, if there is one.</summary>
    public EmbeddedServer? Server => _server;

    /// <summary>Where the services' logs are.</summary>
    public string LogPath => _log.Path;

    /// <summary>The first admin key of the installation; null when it has keys already. It cannot be had again.</summary>
    public string? FirstAdminKey { get; private set; }

    /// <summary>Keys of the installation.</summary>
    public KeyStore Keys => new(_database!);

    /// <summary>For taking them away again.</summary>
    public KeyEnding KeysEnd => new(_database!);

    /// <summary>Ends when a service has stopped by itself: something is wrong that waiting cannot mend.</summary>
    public CancellationToken Failed { get; private set; }

    /// <summary>Starts everything and returns when all of it is ready.</summary>
    /// <exception cref="PortTakenException">Somebody listens on the port; nothing was started.</exception>
    public static async Task<LocalStack> Start(LocalOptions options, CancellationToken ct = default)
    {
        // 1. The ports, before anything is started.
        RequireFree(options.Port);
        RequireFree(options.GrpcPort);
        var stack = new LocalStack(options);
        try
        {
            await stack.StartAll(options, ct);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    private async Task StartAll(LocalOptions options, CancellationToken ct)
    {
        // 2. PostgreSQL.
        if (options.Postgres is null)
            _server = await EmbeddedServer.Start(Path.Combine(options.Data, "postgres"), ct: ct);
        Postgres = options.Postgres ?? _server!.ConnectionString;

        // 3. Migrations and the first key: here, so that the key is shown where the user looks.
        _database = new Database(Postgres);
        Assembly[] migrations = [typeof(Database).Assembly, typeof(EventLog.EventLog).Assembly, typeof(TenantCubes).Assembly];
        await Migrator.Apply(_database, migrations, ct);
        FirstAdminKey = await Keys.CreateFirstAdminKey(ct);

        // 4. The services behind the gateway.
        string[] settings = [.. options.Settings.Select(setting => $"--{setting.Key}={setting.Value}")];
        // One service exports for all of the process.
        string[] store = [.. settings, $"--Postgres:ConnectionString={Postgres}", $"--{TelemetryOptions.Enabled}=false"];
        var http2 = $"--Server:Http2Urls={AnyPort}";
        var (ingestion, ingestionHttp2) = await StartService(IngestionHost.Build, AnyPort, ct, [.. store, http2]);
        var (projections, _) = await StartService(ProjectionsHost.Build, AnyPort, ct, store);
        var (query, queryHttp2) = await StartService(QueryHost.Build, AnyPort, ct, [.. store, http2]);
        foreach (var service in (Uri[])[ingestion, projections, query])
            await WaitUntilReady(service, ct);

        // 5. The gateway.
        (Gateway, Grpc) = await StartService(GatewayHost.Build, UrlOf(options.Port), ct,
            [.. settings, $"--Server:Http2Urls={UrlOf(options.GrpcPort)}",
            $"--Gateway:Ingestion={ingestion}", $"--Gateway:Projections={projections}", $"--Gateway:Query={query}",
            $"--Gateway:IngestionHttp2={ingestionHttp2}", $"--Gateway:QueryHttp2={queryHttp2}"]);
        await WaitUntilReady(Gateway, ct);
        Failed = CancellationTokenSource.CreateLinkedTokenSource(
            [.. _services.Select(s => s.Lifetime.ApplicationStopping)]).Token;
    }

    private static string UrlOf(int port) => port == 0 ? AnyPort : $"http://localhost:{port}";

    /// <summary>Where it serves HTTP/1.1, and HTTP/2 (the same where it has no other address).</summary>
    private async Task<(Uri Http1, Uri Http2)> StartService(
        Func<string[], Action<WebApplicationBuilder>?, WebApplication> build, string url, CancellationToken ct, params string[] args)
    {
        // The content root is where the program lies: a settings file of the user's directory must not change the services.
        var service = build([$"--urls={url}", $"--contentRoot={AppContext.BaseDirectory}", .. args], builder =>
        {
            builder.Logging.ClearProviders();
            builder.Logging.AddProvider(new LogFileProvider(_log));
            builder.Services.AddSingleton<IHostLifetime, StackLifetime>();
        });
        _services.Add(service);
        await service.StartAsync(ct);
        return (new Uri(service.Urls.First()), new Uri(service.Urls.Last()));
    }

    private static async Task WaitUntilReady(Uri service, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = service, Timeout = TimeSpan.FromSeconds(5) };
        var (started, last) = (TimeProvider.System.GetTimestamp(), "");
        while (TimeProvider.System.GetElapsedTime(started) < ReadyTimeMax)
        {
            using var answer = await http.GetAsync("/health/ready", ct);
            if (answer.IsSuccessStatusCode)
                return;
            last = await answer.Content.ReadAsStringAsync(ct);
            await Task.Delay(ReadyInterval, ct);
        }
        throw new TimeoutException($"A service was not ready after {ReadyTimeMax.TotalSeconds} seconds: {last}");
    }

    private static void RequireFree(int port)
    {
        foreach (var address in port == 0 ? [] : (IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback])
        {
            try
            {
                using var probe = new TcpListener(address, port);
                probe.Start();
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                throw new PortTakenException(port);
            }
            catch (SocketException e) when (address.Equals(IPAddress.IPv6Loopback)
                && e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
            {
                // A machine without IPv6.
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var service in Enumerable.Reverse(_services))
        {
            using var limit = new CancellationTokenSource(StopTimeMax);
            await service.StopAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await service.DisposeAsync();
        }
        if (_database is not null)
            await _database.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        await _log.DisposeAsync();
    }
}

/// <summary>The gateway's port is in use.</summary>
public sealed class PortTakenException(int port) : Exception(
    $"Port {port} is in use, perhaps by another CrmKpi. Stop that program, or choose another port with --port or --grpc-port.");

/// <summary>Signals belong to the whole process, not to one of its services.</summary>
internal sealed class StackLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
