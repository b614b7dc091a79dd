using System.Net;
using CrmKpi.Hosting;
using CrmKpi.Ingestion;
using Microsoft.AspNetCore.Builder;

namespace CrmKpi.Services.Tests.Hosting;

/// <summary>The address for probes: health, and nothing else.</summary>
public sealed class ManagementPortTests
{
    private static readonly string[] HealthPaths = ["/health/startup", "/health/live", "/health/ready"];

    [Fact]
    public async Task It_serves_health_and_nothing_else_and_the_others_serve_what_they_did()
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddCrmKpiServer("test");
        Installation.Listen(builder);
        builder.Configuration["Server:ManagementUrl"] = "http://127.0.0.1:0";
        builder.Configuration["Server:Http2Urls"] = "http://127.0.0.1:0";
        await using var service = builder.Build();
        service.MapCrmKpiDefaults();
        service.MapGet("/v1/thing", () => "here").AllowAnonymous();
        await service.StartAsync();
        Assert.Equal(3, service.Urls.Count);
        using var main = new HttpClient { BaseAddress = new Uri(service.Urls.First()) };
        using var management = new HttpClient { BaseAddress = new Uri(service.Urls.Last()) };
        foreach (var path in HealthPaths)
        {
            Assert.Equal(HttpStatusCode.OK, (await management.GetAsync(path)).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await main.GetAsync(path)).StatusCode);
        }
        Assert.Equal("here", await main.GetStringAsync("/v1/thing"));
        await (await management.GetAsync("/v1/thing")).Problem(404, "not_found");
        await (await management.GetAsync("/grpc.health.v1.Health/Check")).Problem(404, "not_found");
    }

    [Fact]
    public async Task Before_the_start_is_done_a_service_is_alive_and_has_not_started()
    {
        await using var service = IngestionHost.Build([], builder =>
        {
            Installation.Listen(builder);
            builder.Configuration["Server:ManagementUrl"] = "http://127.0.0.1:0";
            builder.Configuration["Postgres:ConnectionString"] = "Host=127.0.0.1;Port=9;Username=x;Database=x";
            builder.Configuration["Postgres:StartSecondsMax"] = "0";
        });
        await service.StartAsync();
        using var management = new HttpClient { BaseAddress = new Uri(service.Urls.Last()) };
        Assert.Equal(HttpStatusCode.OK, (await management.GetAsync("/health/live")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await management.GetAsync("/health/startup")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await management.GetAsync("/health/ready")).StatusCode);
    }

    [Theory]
    [InlineData("https://127.0.0.1:0")]
    [InlineData("http://unix:/tmp/socket")]
    public async Task An_address_that_is_none_ends_the_start(string url)
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddCrmKpiServer("test");
        Installation.Listen(builder);
        builder.Configuration["Server:ManagementUrl"] = url;
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using var service = builder.Build();
            service.MapCrmKpiDefaults();
            await service.StartAsync();
        });
        Assert.Contains("Server:ManagementUrl", error.Message);
        Assert.Contains("http:// addresses only", error.Message);
    }
}
