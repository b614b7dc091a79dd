using CrmKpi.Testing.Grpc;
using CrmKpi.V1;

namespace CrmKpi.Services.Tests.Grpc;

/// <summary>An ingestion service that speaks gRPC, for the tests of a class.</summary>
public sealed class GrpcIngestion : IAsyncLifetime
{
    public const string AppendMethod = "/crmkpi.v1.EventIngestion/Append";
    public const string StreamMethod = "/crmkpi.v1.EventIngestion/AppendStream";

    public Installation Crm { get; private set; } = null!;

    /// <summary>A client with the admin key.</summary>
    public GrpcClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Crm = await Installation.Start(
            new() { ["Ingestion:BatchBytesMax"] = "2097152" }, configure: Http2.Listen);
        Client = Http2.Client(Crm.Ingestion, Crm.AdminKey);
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await Crm.DisposeAsync();
    }

    /// <summary>A client with another key.</summary>
    public GrpcClient ClientOf(string? key) => Http2.Client(Crm.Ingestion, key);

    /// <summary>Appends with the admin key.</summary>
    public Task<GrpcReply<AppendResponse>> Append(AppendRequest request, bool gzip = false) =>
        Client.Call<AppendResponse>(AppendMethod, request, gzip);

    /// <summary>Opens a stream with the admin key.</summary>
    public GrpcDuplex<AppendStreamRequest, AppendStreamResponse> Open() =>
        Client.Open<AppendStreamRequest, AppendStreamResponse>(StreamMethod);
}
