using CrmKpi.Hosting.Grpc;
using Grpc.Testing;

namespace CrmKpi.Grpc.Tests.Calls;

/// <summary>Messages have a size limit each way, of their service.</summary>
public sealed class LimitTests
{
    private static readonly GrpcLimits Small = new() { ReceiveBytesMax = 1_000, SendBytesMax = 2_000 };

    [Theory]
    [InlineData(990, 1_900, StatusCode.OK)]
    [InlineData(1_000, 1_900, StatusCode.ResourceExhausted)]
    [InlineData(10, 2_000, StatusCode.ResourceExhausted)]
    public async Task A_message_is_as_large_as_its_limit_at_most(int requestBytes, int responseBytes, StatusCode expected)
    {
        await using var probe = await Probe.Start(
            new Handlers
            {
                Unary = (request, _) => Task.FromResult(new SimpleResponse { Payload = Probe.Bytes(request.ResponseSize) }),
            },
            Small);
        var reply = await probe.Unary(new SimpleRequest { Payload = Probe.Bytes(requestBytes), ResponseSize = responseBytes });
        Assert.Equal((int)expected, reply.Status.Code);
    }

    [Fact]
    public async Task A_stream_of_many_messages_has_no_limit_but_each_of_them()
    {
        await using var probe = await Probe.Start(
            new Handlers
            {
                Input = async (requests, _) =>
                {
                    var size = 0;
                    await foreach (var request in requests)
                        size += request.Payload.Body.Length;
                    return new StreamingInputCallResponse { AggregatedPayloadSize = size };
                },
            },
            Small, "--Server:BodyBytesMax=1024");
        using (var call = probe.Input())
        {
            for (var i = 0; i < 100; i++)
                await call.Send(new StreamingInputCallRequest { Payload = Probe.Bytes(900) });
            call.End();
            Assert.Equal(90_000, (await call.Receive())!.AggregatedPayloadSize);
        }
        using var tooLarge = probe.Input();
        await tooLarge.Send(new StreamingInputCallRequest { Payload = Probe.Bytes(900) });
        await tooLarge.Send(new StreamingInputCallRequest { Payload = Probe.Bytes(1_100) });
        Assert.Null(await tooLarge.Receive());
        Assert.Equal((int)StatusCode.ResourceExhausted, (await tooLarge.Status()).Code);
    }

    [Fact]
    public async Task What_is_too_large_to_send_ends_the_stream_after_what_was_sent()
    {
        await using var probe = await Probe.Start(
            new Handlers
            {
                Output = async (_, responses, _) =>
                {
                    await responses.WriteAsync(new StreamingOutputCallResponse { Payload = Probe.Bytes(1_900) });
                    await responses.WriteAsync(new StreamingOutputCallResponse { Payload = Probe.Bytes(2_000) });
                },
            },
            Small);
        using var call = await probe.Output();
        Assert.Equal(1_900, (await call.Receive())!.Payload.Body.Length);
        Assert.Null(await call.Receive());
        Assert.Equal((int)StatusCode.ResourceExhausted, (await call.Status()).Code);
    }
}
