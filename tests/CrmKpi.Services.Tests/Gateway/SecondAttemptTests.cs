using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using static CrmKpi.Services.Tests.Gateway.Doors;

namespace CrmKpi.Services.Tests.Gateway;

/// <summary>An instance that goes away is noticed by nobody, and nothing is done twice.</summary>
public sealed class SecondAttemptTests
{
    // First the dead one, always; its health is not looked at meanwhile.
    private static readonly Dictionary<string, string?> DeadFirst = new()
    {
        ["Gateway:LoadBalancing"] = "FirstAlphabetical",
        ["Gateway:HealthSecondsInterval"] = "300",
    };

    [Theory]
    [InlineData("GET", "/v1/tenants")]
    [InlineData("POST", "/v1/tenants/acme/events")]
    [InlineData("PUT", "/v1/tenants/acme")]
    public async Task A_request_that_found_nobody_goes_to_another_instance_with_its_body(string method, string path)
    {
        var bodies = new List<string>();
        await using var alive = await Service(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            lock (bodies)
                bodies.Add(reader.ReadToEndAsync().GetAwaiter().GetResult());
            await context.Response.WriteAsync("done");
        });
        await using var door = await Open($"{Installation.Nowhere},{alive.Urls.Single()}", DeadFirst);
        using var client = Installation.Client(door);
        var sent = method == "GET" ? "" : new string('x', 200_000);
        using var answer = await client.Ask(
            path: path, method: new HttpMethod(method), body: sent.Length == 0 ? null : new StringContent(sent, Encoding.UTF8, "application/json"));
        Assert.Equal((HttpStatusCode.OK, "done"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal([sent], bodies);
    }

    [Fact]
    public async Task A_read_whose_connection_broke_goes_again_and_a_write_does_not()
    {
        await using var breaking = new BreakingServer();
        await using var alive = await Service(context => context.Response.WriteAsync("done"));
        await using var door = await Open($"{breaking.Url},{alive.Urls.Single()}", DeadFirst);
        using var client = Installation.Client(door);
        using var read = await client.Ask();
        Assert.Equal("done", await read.Content.ReadAsStringAsync());
        var before = breaking.Requests;
        using var write = await client.Ask(
            path: "/v1/tenants/acme/events", method: HttpMethod.Post, body: new StringContent("{}"));
        await write.Problem(502, "bad_gateway");
        Assert.Equal(before + 1, breaking.Requests);
    }

    [Fact]
    public async Task An_instance_thought_unhealthy_gets_the_second_attempt_when_there_is_no_other()
    {
        const int LooksUntilUnhealthy = 4;
        var (looks, broken) = (0, 0);
        await using var returned = await Service(context => context.Response.WriteAsync("done"), isReady: () =>
        {
            Interlocked.Increment(ref looks);
            return false;
        });
        await using var leaving = await Service(context =>
        {
            Interlocked.Increment(ref broken);
            context.Abort();
            return Task.CompletedTask;
        });
        await using var door = await Open(
            $"{leaving.Urls.Single()},{returned.Urls.Single()}", new() { ["Gateway:HealthSecondsInterval"] = "0.1" });
        while (Volatile.Read(ref looks) < LooksUntilUnhealthy)
            await Task.Delay(20);
        using var client = Installation.Client(door);
        using var answer = await client.Ask();
        Assert.Equal("done", await answer.Content.ReadAsStringAsync());
        Assert.Equal(1, broken);
    }

    [Fact]
    public async Task Without_another_instance_or_without_a_budget_the_first_answer_stands()
    {
        await using var door = await Open($"{Installation.Nowhere}", DeadFirst);
        using var client = Installation.Client(door);
        await (await client.Ask()).Problem(502, "bad_gateway");

        await using var alive = await Service(context => context.Response.WriteAsync("done"));
        await using var without = await Open(
            $"{Installation.Nowhere},{alive.Urls.Single()}", new(DeadFirst) { ["Gateway:SecondAttemptsPerSecond"] = "0" });
        using var other = Installation.Client(without);
        await (await other.Ask()).Problem(502, "bad_gateway");

        // One a thousand seconds.
        await using var poor = await Open(
            $"{Installation.Nowhere},{alive.Urls.Single()}", new(DeadFirst) { ["Gateway:SecondAttemptsPerSecond"] = "0.001" });
        using var third = Installation.Client(poor);
        Assert.Equal(HttpStatusCode.OK, (await third.Ask()).StatusCode);
        await (await third.Ask()).Problem(502, "bad_gateway");
    }

    [Fact]
    public async Task An_error_of_the_service_is_its_answer_and_is_not_asked_for_again()
    {
        var asked = 0;
        await using var first = await Service(context =>
        {
            Interlocked.Increment(ref asked);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        });
        await using var second = await Service(context => context.Response.WriteAsync("done"));
        await using var door = await Open($"{first.Urls.Single()},{second.Urls.Single()}", DeadFirst);
        using var client = Installation.Client(door);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.Ask()).StatusCode);
        Assert.Equal(1, asked);
    }

    /// <summary>Takes a request in and closes the connection without an answer.</summary>
    private sealed class BreakingServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _work;
        private int _requests;

        public BreakingServer()
        {
            _listener.Start();
            _work = Task.Run(Work);
        }

        public string Url => $"http://{_listener.LocalEndpoint}";

        public int Requests => Volatile.Read(ref _requests);

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        private async Task Work()
        {
            while (true)
            {
                using var socket = await _listener.AcceptTcpClientAsync();
                using var reader = new StreamReader(socket.GetStream(), Encoding.ASCII);
                var line = await reader.ReadLineAsync();
                if (line is null || line.Contains("/health", StringComparison.Ordinal))
                    continue;
                while (!string.IsNullOrEmpty(await reader.ReadLineAsync()))
                {
                }
                Interlocked.Increment(ref _requests);
            }
        }
    }
}
