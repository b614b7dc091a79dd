using CrmKpi.Gateway;
using CrmKpi.Ingestion;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;

namespace CrmKpi.Services.Tests.Hosting;

/// <summary>Configuration that is not understood ends the start with a text that names it.</summary>
public sealed class OptionsTests
{
    [Theory]
    [InlineData("Ingestion:BatchByteMax", "1000", "Ingestion:BatchByteMax")]
    [InlineData("Postgres:Conection", "x", "Postgres:Conection")]
    [InlineData("Security:KeyCacheSeconds", "60", "KeyCacheSeconds")]
    [InlineData("Security:KeyCacheSeconds", "soon", "KeyCacheSeconds")]
    [InlineData("Server:BodyBytesMax", "-1", "BodyBytesMax")]
    [InlineData("Postgres:ConnectionString", "", "Postgres:ConnectionString is missing")]
    public async Task Of_ingestion(string key, string value, string named) =>
        await Fails(() => IngestionHost.Build([], builder =>
        {
            Installation.Listen(builder);
            builder.Configuration["Postgres:ConnectionString"] = "Host=127.0.0.1;Port=9";
            builder.Configuration[key] = value;
        }), named);

    [Theory]
    [InlineData("Gateway:Ingest", "http://x", "Gateway:Ingest")]
    [InlineData("Gateway:Query", "", "Gateway:Query is missing")]
    [InlineData("Gateway:Query", "ftp://x", "ftp://x")]
    [InlineData("Gateway:ActivitySecondsMax", "0", "ActivitySecondsMax")]
    public async Task Of_the_gateway(string key, string value, string named) =>
        await Fails(() => GatewayHost.Build([], builder =>
        {
            Installation.Listen(builder);
            foreach (var service in new[] { "Ingestion", "Query", "Projections" })
                builder.Configuration[$"Gateway:{service}"] = Installation.Nowhere;
            builder.Configuration[key] = value;
        }), named);

    private static async Task Fails(Func<WebApplication> build, string named)
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(async () =>
        {
            await using var service = build();
            await service.StartAsync();
        });
        Assert.Contains(named, error.Message);
    }
}
