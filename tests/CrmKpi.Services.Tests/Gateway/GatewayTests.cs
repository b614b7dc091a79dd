using System.Net;
using System.Net.Sockets;
using System.Text;
using CrmKpi.Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Gateway;

/// <summary>The door itself: what it lets through and what it says when nobody is behind it.</summary>
public sealed class GatewayTests : IAsyncLifetime
{
    private Installation _crm = null!;
    private string _tenant = null!;

    public async Task InitializeAsync()
    {
        _crm = await Installation.Shared;
        _tenant = await _crm.Tenant();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("/")]
    [InlineData("/v1")]
    [InlineData("/v1/unknown")]
    [InlineData("/v1/tenants/acme/unknown")]
    [InlineData("/v1/tenants/acme/events/1")]
    [InlineData("/v1/../health/ready/x")]
    public async Task What_is_not_in_the_table_is_not_there(string path) =>
        await (await _crm.Admin.GetAsync(path)).Problem(404, "not_found");

    [Fact]
    public async Task Another_method_is_405_with_the_right_ones()
    {
        using var answer = await _crm.Admin.DeleteAsync("/v1/tenants/acme/events");
        await answer.Problem(405, "method_not_allowed");
        Assert.Equal(["GET", "POST"], answer.Content.Headers.Allow.Order());
    }

    [Theory]
    [InlineData("GET", "/v1/kpis")]
    [InlineData("GET", "/v1/tenants/acme/kpis")]
    [InlineData("POST", "/v1/tenants/acme/rebuild")]
    public async Task A_dead_service_is_a_problem_with_a_time(string method, string path)
    {
        using var answer = await _crm.Admin.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        await answer.Problem(502, "bad_gateway");
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Fact]
    public async Task Health_is_its_own_and_one_dead_service_does_not_close_the_door()
    {
        using var anybody = _crm.Client();
        Assert.Equal(HttpStatusCode.OK, (await anybody.GetAsync("/health/live")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await anybody.GetAsync("/health/ready")).StatusCode);
    }

    [Fact]
    public async Task The_request_id_is_one_and_reaches_the_service()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/tenants");
        request.Headers.Add("X-Request-Id", "my-request-1");
        using var answer = await _crm.Admin.SendAsync(request);
        Assert.Equal("my-request-1", Assert.Single(answer.Headers.GetValues("X-Request-Id")));
        using var without = await _crm.Admin.GetAsync("/v1/tenants");
        Assert.Single(without.Headers.GetValues("X-Request-Id"));
    }

    [Fact]
    public async Task Answers_carry_security_headers_and_no_server_name()
    {
        foreach (var path in new[] { "/v1/tenants", "/v1/kpis", "/nowhere", "/health/live" })
        {
            using var answer = await _crm.Admin.GetAsync(path);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("DENY", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
            Assert.False(answer.Headers.Contains("Server"));
        }
    }

    [Theory]
    [InlineData(40_000, 0, HttpStatusCode.RequestHeaderFieldsTooLarge)]
    [InlineData(0, 20_000, HttpStatusCode.RequestUriTooLong)]
    [InlineData(20_000, 0, HttpStatusCode.OK)]
    [InlineData(20_000, 10_000, HttpStatusCode.BadRequest)]
    public async Task Headers_and_addresses_have_a_limit(int headerBytes, int queryBytes, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, queryBytes == 0 ? "/v1/tenants" : $"/v1/tenants?x={new string('x', queryBytes)}");
        for (var i = 0; i * 1_000 < headerBytes; i++)
            request.Headers.Add($"X-Filler-{i}", new string('x', 1_000));
        using var answer = await _crm.Admin.SendAsync(request);
        Assert.Equal(status, answer.StatusCode);
        // It was let through, to the service that knows its parameters.
        if (status == HttpStatusCode.BadRequest)
            Assert.Equal("x", (await answer.Problem(400, "bad_parameter")).GetProperty("parameter").GetString());
    }

    [Fact]
    public async Task A_body_over_the_default_limit_is_413_where_no_events_are_expected()
    {
        using var answer = await _crm.Admin.PostText("/v1/keys", $$"""{"name":"{{new string('x', 2_000_000)}}"}""");
        await answer.Problem(413, "body_too_large");
    }

    [Fact]
    public async Task A_malformed_request_does_not_reach_a_service()
    {
        var port = new Uri(_crm.Gateway.Urls.Single()).Port;
        using var socket = new TcpClient("127.0.0.1", port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync("GET /v1/tenants HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: nonsense\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(stream, Encoding.ASCII);
        Assert.StartsWith("HTTP/1.1 400", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_take_turns_and_a_dead_instance_is_left_out()
    {
        var counts = new int[2];
        await using var first = await Fake(() => Interlocked.Increment(ref counts[0]));
        var second = await Fake(() => Interlocked.Increment(ref counts[1]));
        await using var door = await Door(
            $"{first.Urls.Single()},{second.Urls.Single()}", new() { ["Gateway:LoadBalancing"] = "RoundRobin" });
        using var client = Installation.Client(door);
        for (var i = 0; i < 20; i++)
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/tenants")).StatusCode);
        Assert.Equal([10, 10], counts);

        await second.DisposeAsync();
        var wellInARow = 0;
        while (wellInARow < 10)
            wellInARow = (await client.GetAsync("/v1/tenants")).StatusCode == HttpStatusCode.OK ? wellInARow + 1 : 0;
    }

    [Fact]
    public async Task A_service_that_comes_back_is_used_again()
    {
        var service = await Fake(() => 0);
        var url = service.Urls.Single();
        await using var door = await Door(url);
        using var client = Installation.Client(door);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/tenants")).StatusCode);
        await service.DisposeAsync();
        await (await client.GetAsync("/v1/tenants")).Problem(502, "bad_gateway");
        await using var again = await Fake(() => 0, url);
        while ((await client.GetAsync("/v1/tenants")).StatusCode != HttpStatusCode.OK)
            await Task.Delay(50);
    }

    [Fact]
    public async Task A_service_that_says_nothing_is_504()
    {
        var gate = new TaskCompletionSource();
        await using var silent = await Fake(() => gate.Task);
        await using var door = await Door(silent.Urls.Single(), new() { ["Gateway:ActivitySecondsMax"] = "1" });
        using var client = Installation.Client(door);
        await (await client.GetAsync("/v1/tenants")).Problem(504, "gateway_timeout");
        gate.SetResult();
    }

    [Fact]
    public async Task Http2_without_tls_is_served_on_a_port_that_says_so()
    {
        await using var service = await Fake(() => 0);
        await using var door = GatewayHost.Build([], builder =>
        {
            Installation.Listen(builder);
            Configure(builder, service.Urls.Single(), new()
            {
                ["Kestrel:Endpoints:Grpc:Url"] = "http://127.0.0.1:0",
                ["Kestrel:Endpoints:Grpc:Protocols"] = "Http2",
            });
        });
        await door.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(door.Urls.Single()) };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/tenants")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var answer = await client.SendAsync(request);
        Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (answer.StatusCode, answer.Version));
    }

    [Fact]
    public async Task A_long_stream_passes_while_other_bodies_have_their_limit()
    {
        var body = Leads(60_000);
        Assert.True(body.Length > 8 * 1024 * 1024);
        await (await _crm.Admin.PostEvents(_tenant, body)).Tally(accepted: 60_000);
        await (await _crm.Admin.PostEvents(_tenant, $"[{new string(' ', 9_000_000)}]", HttpExtensions.Batch))
            .Problem(413, "body_too_large");
    }

    private static async Task<WebApplication> Fake(Delegate work, string url = "http://127.0.0.1:0")
    {
        var builder = WebApplication.CreateSlimBuilder();
        Installation.Listen(builder);
        builder.Configuration["urls"] = url;
        var service = builder.Build();
        service.MapGet("/health/ready", () => "ready");
        service.MapGet("/v1/tenants", async () =>
        {
            if (work.DynamicInvoke() is Task task)
                await task;
            return Results.Ok();
        });
        await service.StartAsync();
        return service;
    }

    private static async Task<WebApplication> Door(string ingestion, Dictionary<string, string?>? more = null)
    {
        var door = GatewayHost.Build([], builder =>
        {
            Installation.Listen(builder);
            Configure(builder, ingestion, more ?? []);
        });
        await door.StartAsync();
        return door;
    }

    private static void Configure(WebApplicationBuilder builder, string ingestion, Dictionary<string, string?> more)
    {
        builder.Configuration["Gateway:Ingestion"] = ingestion;
        builder.Configuration["Gateway:Query"] = Installation.Nowhere;
        builder.Configuration["Gateway:Projections"] = Installation.Nowhere;
        builder.Configuration["Gateway:HealthSecondsInterval"] = "0.2";
        builder.Configuration.AddInMemoryCollection(more);
    }
}
