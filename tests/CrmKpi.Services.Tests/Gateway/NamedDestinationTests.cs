using System.Net;
using CrmKpi.Gateway;
using CrmKpi.Gateway.Routing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using static CrmKpi.Services.Tests.Gateway.Doors;

namespace CrmKpi.Services.Tests.Gateway;

/// <summary>A service named by DNS is all the addresses behind the name.</summary>
public sealed class NamedDestinationTests
{
    [Fact]
    public async Task A_name_becomes_one_destination_for_each_of_its_addresses()
    {
        var addresses = await Dns.GetHostAddressesAsync("localhost");
        var resolved = await Resolver(0.05).ResolveDestinationsAsync(
            Given("http://localhost:8081/base", "http://10.1.2.3:8081", "http://[::1]:8081"), default);
        var ofName = resolved.Destinations.Where(d => d.Key.StartsWith("d0", StringComparison.Ordinal)).ToList();
        Assert.Equal(addresses.Distinct().Count(), ofName.Count);
        Assert.All(ofName, d =>
        {
            var uri = new Uri(d.Value.Address);
            Assert.Contains(IPAddress.Parse(uri.Host), addresses);
            Assert.Equal((8081, "/base", "localhost:8081"), (uri.Port, uri.AbsolutePath, d.Value.Host));
        });
        Assert.Equal("http://10.1.2.3:8081", resolved.Destinations["d1"].Address);
        Assert.Equal("http://[::1]:8081", resolved.Destinations["d2"].Address);
        // It is looked up again.
        while (!resolved.ChangeToken!.HasChanged)
            await Task.Delay(10);
    }

    [Fact]
    public async Task A_name_that_nobody_knows_stays_and_is_looked_up_again()
    {
        var resolved = await Resolver(5).ResolveDestinationsAsync(Given("http://nobody.invalid:1"), default);
        Assert.Equal("http://nobody.invalid:1", resolved.Destinations["d0"].Address);
        Assert.NotNull(resolved.ChangeToken);
    }

    [Theory]
    [InlineData(0, "http://localhost:1")]
    [InlineData(5, "http://127.0.0.1:1")]
    public async Task Without_an_interval_or_without_a_name_nothing_is_looked_up(double interval, string address)
    {
        var given = Given(address);
        var resolved = await Resolver(interval).ResolveDestinationsAsync(given, default);
        Assert.Equal(given, resolved.Destinations);
        Assert.Null(resolved.ChangeToken);
    }

    [Fact]
    public async Task The_gateway_starts_without_the_name_and_serves_what_has_one()
    {
        string? host = null;
        await using var service = await Service(context =>
        {
            host = context.Request.Host.Value;
            return Task.CompletedTask;
        });
        var port = new Uri(service.Urls.Single()).Port;
        await using var door = await Open(
            $"http://localhost:{port}", new() { ["Gateway:Query"] = "http://nobody.invalid:1", ["Gateway:DnsSecondsInterval"] = "0.1" });
        using var client = Installation.Client(door);
        for (var i = 0; i < 5; i++)
        {
            // An address of the name where nobody listens (::1) is gone round.
            Assert.Equal(HttpStatusCode.OK, (await client.Ask()).StatusCode);
            await Task.Delay(50);
        }
        Assert.NotNull(host);
        await (await client.Ask(path: "/v1/kpis")).Problem(502, "bad_gateway");
    }

    private static NamedDestinations Resolver(double interval) => new(
        Options.Create(new GatewayOptions { DnsSecondsInterval = interval }), TimeProvider.System,
        NullLogger<NamedDestinations>.Instance);

    private static Dictionary<string, DestinationConfig> Given(params string[] addresses) =>
        addresses.Index().ToDictionary(a => $"d{a.Index}", a => new DestinationConfig { Address = a.Item });
}
