using Microsoft.AspNetCore.Builder;

namespace CrmKpi.Grpc.Tests.Interop;

/// <summary>The test service, and the product's gateway in front of it.</summary>
public sealed class InteropHost : IAsyncLifetime
{
    private WebApplication _server = null!;
    private WebApplication _gateway = null!;

    /// <summary>The server's address for HTTP/2.</summary>
    public Uri Direct => _server.Http2();

    /// <summary>The server's address for HTTP/1.1.</summary>
    public Uri Http1 => _server.Http1();

    /// <summary>The gateway's address for HTTP/2.</summary>
    public Uri Gateway => _gateway.Http2();

    /// <summary>What the server logged as errors.</summary>
    public ErrorLog Errors { get; } = new();

    public async Task InitializeAsync()
    {
        _server = await Servers.Start(TestService.MapTestService, Errors);
        _gateway = await Servers.StartGateway(Direct);
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _server.DisposeAsync();
    }
}
