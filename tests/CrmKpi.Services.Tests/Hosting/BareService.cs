using CrmKpi.Hosting;
using Microsoft.AspNetCore.Builder;

namespace CrmKpi.Services.Tests.Hosting;

/// <summary>A service with what all services have, and the endpoints of a test.</summary>
internal sealed class BareService : IAsyncDisposable
{
    private readonly WebApplication _service;

    private BareService(WebApplication service) => (_service, Client) = (service, Installation.Client(service));

    /// <summary>A client without a key.</summary>
    public HttpClient Client { get; }

    /// <param name="map">What it has besides.</param>
    public static async Task<BareService> Start(Action<WebApplication> map)
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddCrmKpiServer("test");
        Installation.Listen(builder);
        var service = builder.Build();
        service.MapCrmKpiDefaults();
        map(service);
        await service.StartAsync();
        return new BareService(service);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _service.DisposeAsync();
    }
}
