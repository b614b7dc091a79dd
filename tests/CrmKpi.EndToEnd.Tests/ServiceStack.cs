using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Embedded;
using CrmKpi.Testing;

namespace CrmKpi.EndToEnd.Tests;

/// <summary>A durable PostgreSQL, and each service of the product as a process of its own.</summary>
public sealed class ServiceStack : IAsyncDisposable
{
    private const string Http2 = "Server:Http2Urls";

    private readonly OwnServer _server;

    private ServiceStack(
        OwnServer server, ServiceProcess ingestion, ServiceProcess projections, ServiceProcess query, ServiceProcess gateway,
        string grpcUrl)
    {
        (_server, GrpcUrl) = (server, grpcUrl);
        (Ingestion, Projections, Query, Gateway) = (ingestion, projections, query, gateway);
    }

    public EmbeddedServer Postgres => _server.Server;
    public ServiceProcess Ingestion { get; }
    public ServiceProcess Projections { get; }
    public ServiceProcess Query { get; }
    public ServiceProcess Gateway { get; }

    /// <summary>Where the gateway serves gRPC.</summary>
    public string GrpcUrl { get; }

    public IReadOnlyList<ServiceProcess> Services => [Gateway, Ingestion, Projections, Query];

    /// <summary>Starts all of it.</summary>
    /// <param name="environment">Variables of a service by its project.</param>
    public static async Task<ServiceStack> Start(Func<string, IReadOnlyDictionary<string, string>>? environment = null)
    {
        Task<ServiceProcess> Run(string name, params (string, string)[] settings) =>
            ServiceProcess.Start(name, environment?.Invoke(name), settings);
        var server = await PostgresFixture.StartOwn(durable: true);
        (string, string) database = ("Postgres:ConnectionString", server.Server.ConnectionString);
        string[] http2 = [.. Enumerable.Range(0, 3).Select(_ => $"http://127.0.0.1:{ServiceProcess.FreePort()}")];
        var ingestion = await Run("CrmKpi.Ingestion", database, (Http2, http2[0]));
        var projections = await Run("CrmKpi.Projections", database);
        var query = await Run("CrmKpi.Query", database, (Http2, http2[1]));
        var gateway = await Run(
            "CrmKpi.Gateway", ("Gateway:Ingestion", ingestion.Url), ("Gateway:Query", query.Url),
            ("Gateway:Projections", projections.Url), ("Gateway:IngestionHttp2", http2[0]), ("Gateway:QueryHttp2", http2[1]),
            (Http2, http2[2]));
        return new ServiceStack(server, ingestion, projections, query, gateway, http2[2]);
    }

    /// <summary>A client of the gateway with a new key that may do everything.</summary>
    public async Task<HttpClient> AdminClient()
    {
        await using var database = new Database(Postgres.ConnectionString);
        var (_, key) = await new KeyStore(database).Create(
            "tests", TenantStore.DefaultAgency, Scopes.Ingest | Scopes.Query | Scopes.Admin, null, null);
        return Client(key);
    }

    /// <summary>A client of the gateway.</summary>
    public HttpClient Client(string key) => new()
    {
        BaseAddress = new Uri(Gateway.Url),
        DefaultRequestHeaders = { { "X-Api-Key", key } },
        Timeout = TimeSpan.FromSeconds(30),
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Services)
            await service.DisposeAsync();
        await _server.DisposeAsync();
    }
}
