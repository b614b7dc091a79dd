using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using static CrmKpi.Services.Tests.Gateway.Doors;

namespace CrmKpi.Services.Tests.Gateway;

/// <summary>Clients that hold on to what they have: none keeps a connection for nothing.</summary>
public sealed class SlowClientTests
{
    [Fact]
    public async Task Headers_that_do_not_end_are_cut_off()
    {
        await using var door = await Open(Installation.Nowhere, new() { ["Server:HeaderSecondsMax"] = "1" });
        using var socket = await Connect(door);
        await Send(socket, "GET /v1/tenants HTTP/1.1\r\nHost: a\r\nX-Slow: ");
        Assert.StartsWith("HTTP/1.1 408", await ReadToEnd(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_hardly_comes_is_cut_off()
    {
        await using var service = await Service(context => context.Request.Body.CopyToAsync(Stream.Null));
        await using var door = await Open(service.Urls.Single(), new()
        {
            ["Server:BodyBytesPerSecondMin"] = "1000",
            ["Server:RateSecondsGrace"] = "2",
        });
        using var socket = await Connect(door);
        await Send(socket, "POST /v1/tenants/acme/events HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n"
            + "Content-Type: application/x-ndjson\r\n\r\n{");
        // An error or nothing, but the end, and no good answer.
        Assert.DoesNotContain(" 200 ", await ReadToEnd(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_not_taken_is_given_up()
    {
        var givenUp = new TaskCompletionSource();
        await using var service = await Service(async context =>
        {
            var chunk = new byte[64 * 1024];
            try
            {
                while (true)
                    await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                givenUp.SetResult();
            }
        });
        await using var door = await Open(service.Urls.Single(), new()
        {
            // What the buffers of both sides take, megabytes, counts as taken: at this rate not for long.
            ["Server:AnswerBytesPerSecondMin"] = "1000000",
            ["Server:RateSecondsGrace"] = "2",
        });
        using var socket = await Connect(door);
        await Send(socket, "GET /v1/tenants HTTP/1.1\r\nHost: a\r\n\r\n");
        await givenUp.Task;
    }

    [Fact]
    public async Task One_address_opens_only_so_many_connections()
    {
        await using var door = await Open(Installation.Nowhere, new() { ["Limits:AddressConnectionsMax"] = "2" });
        using var first = await Connect(door);
        using var second = await Connect(door);
        Assert.StartsWith("HTTP/1.1 200", await Live(first), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await Live(second), StringComparison.Ordinal);
        Assert.Equal("", await LiveOnceMore(door));
        first.Close();
        // The place is free again, as soon as the server has seen the end.
        while (!(await LiveOnceMore(door)).StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
            await Task.Delay(10);
    }

    [Fact]
    public async Task The_connections_of_a_trusted_proxy_are_not_counted()
    {
        await using var door = await Open(Installation.Nowhere, new()
        {
            ["Limits:AddressConnectionsMax"] = "1",
            ["Gateway:TrustedProxies"] = "127.0.0.0/8",
        });
        using var first = await Connect(door);
        using var second = await Connect(door);
        Assert.StartsWith("HTTP/1.1 200", await Live(first), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await Live(second), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_takes_too_long_in_all_is_given_up_though_something_moves()
    {
        var gate = new TaskCompletionSource();
        await using var service = await Service(_ => gate.Task);
        await using var door = await Open(service.Urls.Single(), new() { ["Gateway:TotalSecondsMax"] = "1" });
        using var client = Installation.Client(door);
        await (await client.Ask()).Problem(504, "gateway_timeout");
        gate.SetResult();
    }

    private static async Task<TcpClient> Connect(WebApplication door)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(door.Urls.Single()).Port);
        return socket;
    }

    private static Task Send(TcpClient socket, string text) => socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text)).AsTask();

    private static async Task<string> ReadToEnd(TcpClient socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[4_096];
        try
        {
            while (await socket.GetStream().ReadAsync(buffer) is > 0 and var read)
                text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        catch (IOException)
        {
            // Cut off.
        }
        return text.ToString();
    }

    /// <summary>What a new connection is answered; nothing when it was cut off, which its opening may see already.</summary>
    private static async Task<string> LiveOnceMore(WebApplication door)
    {
        try
        {
            using var socket = await Connect(door);
            return await Live(socket);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return "";
        }
    }

    private static async Task<string> Live(TcpClient socket)
    {
        await Send(socket, "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n");
        var buffer = new byte[4_096];
        return Encoding.ASCII.GetString(buffer, 0, await socket.GetStream().ReadAsync(buffer));
    }
}
