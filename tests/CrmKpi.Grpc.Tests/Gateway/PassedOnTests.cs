using CrmKpi.Grpc.Tests.Calls;
using CrmKpi.Hosting.Grpc;
using CrmKpi.Testing.Grpc;
using Google.Rpc;
using Grpc.Testing;

namespace CrmKpi.Grpc.Tests.Gateway;

/// <summary>Calls through the gateway, and what it says when the service behind it fails on the way.</summary>
public sealed class PassedOnTests
{
    [Fact]
    public async Task An_answer_that_breaks_off_ends_as_unavailable()
    {
        await using var probe = await Probe.Start(new Handlers
        {
            Duplex = async (requests, responses, call) =>
            {
                await responses.WriteAsync(new StreamingOutputCallResponse { Payload = Probe.Bytes(1) });
                await requests.ReadAsync();
                call.HttpContext.Abort();
            },
        });
        await using var gateway = await Servers.StartGateway(probe.Server.Http2());
        using var client = new GrpcClient(gateway.Http2());
        using var call = client.Open<StreamingOutputCallRequest, StreamingOutputCallResponse>(Probe.DuplexPath);
        Assert.NotNull(await call.Receive());
        await call.Send(new StreamingOutputCallRequest());
        Assert.Null(await call.Receive());
        var status = await call.Status();
        Assert.Equal((int)StatusCode.Unavailable, status.Code);
        Assert.Equal("bad_gateway", status.Detail<ErrorInfo>()!.Reason);
        Assert.NotNull(status.Detail<RetryInfo>());
    }

    [Fact]
    public async Task A_call_on_which_nothing_moves_ends_before_and_after_its_first_message()
    {
        await using var probe = await Probe.Start(new Handlers
        {
            Duplex = async (requests, responses, call) =>
            {
                if (await requests.ReadAsync() is { ResponseParameters.Count: > 0 })
                    await responses.WriteAsync(new StreamingOutputCallResponse());
                await Eventually.Fired(call.CancellationToken);
            },
        });
        await using var gateway = await Servers.StartGateway(probe.Server.Http2(), silenceMax: TimeSpan.FromSeconds(1));
        using var client = new GrpcClient(gateway.Http2());
        foreach (var messages in new[] { 0, 1 })
        {
            using var call = client.Open<StreamingOutputCallRequest, StreamingOutputCallResponse>(Probe.DuplexPath);
            var request = new StreamingOutputCallRequest();
            request.ResponseParameters.AddRange(Enumerable.Repeat(new ResponseParameters(), messages));
            await call.Send(request);
            for (var i = 0; i < messages; i++)
                Assert.NotNull(await call.Receive());
            Assert.Null(await call.Receive());
            Assert.Equal((int)StatusCode.DeadlineExceeded, (await call.Status()).Code);
        }
    }

    [Fact]
    public async Task A_service_that_stops_says_so_through_the_gateway()
    {
        await using var probe = await Probe.Start(new Handlers
        {
            Duplex = async (_, responses, call) =>
            {
                await responses.WriteAsync(new StreamingOutputCallResponse());
                await Eventually.Fired(call.CancellationToken);
            },
        });
        await using var gateway = await Servers.StartGateway(probe.Server.Http2());
        using var client = new GrpcClient(gateway.Http2());
        using var call = client.Open<StreamingOutputCallRequest, StreamingOutputCallResponse>(Probe.DuplexPath);
        Assert.NotNull(await call.Receive());
        var stop = probe.Server.StopAsync();
        Assert.Null(await call.Receive());
        Assert.Equal((int)StatusCode.Unavailable, (await call.Status()).Code);
        await stop.Soon();
        Assert.Equal((int)StatusCode.Unavailable, (await client.Call<SimpleResponse>(Probe.UnaryPath, new SimpleRequest())).Status.Code);
    }

    [Fact]
    public async Task A_caller_that_gives_up_is_gone_for_the_service_too()
    {
        var ended = new TaskCompletionSource();
        await using var probe = await Probe.Start(new Handlers
        {
            Duplex = async (_, responses, call) =>
            {
                await responses.WriteAsync(new StreamingOutputCallResponse());
                await Eventually.Fired(call.CancellationToken);
                ended.SetResult();
            },
        });
        await using var gateway = await Servers.StartGateway(probe.Server.Http2());
        using var client = new GrpcClient(gateway.Http2());
        using (var call = client.Open<StreamingOutputCallRequest, StreamingOutputCallResponse>(Probe.DuplexPath))
            Assert.NotNull(await call.Receive());
        await ended.Task.Soon();
    }

    [Fact]
    public async Task Messages_larger_than_other_bodies_and_failures_with_details_pass()
    {
        const int largeBytes = 3_000_000;
        await using var probe = await Probe.Start(new Handlers
        {
            Unary = (request, _) => request.Payload.Body.Length == largeBytes
                ? Task.FromResult(new SimpleResponse { Payload = request.Payload })
                : throw RichError.BadRequest("Too small.", [("payload.body", "is too small")]),
        });
        await using var gateway = await Servers.StartGateway(probe.Server.Http2());
        using var client = new GrpcClient(gateway.Http2());
        var large = await client.Call<SimpleResponse>(Probe.UnaryPath, new SimpleRequest { Payload = Probe.Bytes(largeBytes) });
        Assert.Equal(largeBytes, large.Ok.Payload.Body.Length);
        var small = await client.Call<SimpleResponse>(Probe.UnaryPath, new SimpleRequest { Payload = Probe.Bytes(1) });
        Assert.Equal("payload.body", Assert.Single(small.Status.Detail<BadRequest>()!.FieldViolations).Field);
    }
}
