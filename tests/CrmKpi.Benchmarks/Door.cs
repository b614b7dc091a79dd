using CrmKpi.Gateway;
using CrmKpi.Ingestion;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Embedded;
using CrmKpi.Testing.Grpc;

namespace CrmKpi.Benchmarks;

/// <summary>Gateway and ingestion on an empty database, and clients with a key.</summary>
internal sealed class Door(
    BenchmarkDatabase database, RunningService ingestion, RunningService gateway, HttpClient client, GrpcClient grpc)
    : IAsyncDisposable
{
    private const int ConnectionsMax = 64;

    public HttpClient Client { get; } = client;

    public GrpcClient Grpc { get; } = grpc;

    public static async Task<Door> Open(EmbeddedServer server, int tenants, CancellationToken ct)
    {
        var database = await BenchmarkDatabase.Create(server, tenants, ct);
        var (_, key) = await new KeyStore(database.Database).Create(
            "bench", TenantStore.DefaultAgency, Scopes.Ingest, null, null, ct);
        var ingestion = await Services.Start(IngestionHost.Build, database);
        var gateway = await Services.Start(GatewayHost.Build, null, ("Gateway:Ingestion", ingestion.Url),
            ("Gateway:Query", ingestion.Url), ("Gateway:Projections", ingestion.Url),
            ("Gateway:IngestionHttp2", ingestion.Http2Url));
        var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = ConnectionsMax })
        {
            BaseAddress = new Uri(gateway.Url),
            Timeout = TimeSpan.FromMinutes(2),
            DefaultRequestHeaders = { { "X-Api-Key", key } },
        };
        return new Door(database, ingestion, gateway, client, new GrpcClient(new Uri(gateway.Http2Url), key));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Grpc.Dispose();
        await gateway.DisposeAsync();
        await ingestion.DisposeAsync();
        await database.DisposeAsync();
    }
}
