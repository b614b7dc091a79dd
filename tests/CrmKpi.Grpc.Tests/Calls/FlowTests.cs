using CrmKpi.Hosting.Grpc;
using Grpc.Testing;

namespace CrmKpi.Grpc.Tests.Calls;

/// <summary>Who is slow holds the other back, and nobody piles up what is not taken.</summary>
public sealed class FlowTests
{
    private const int MessageBytes = 64 * 1024;
    private const int Messages = 400;

    // Windows of HTTP/2 and buffers of both ends together are far below the 25 MiB that wait to be sent.
    private const int HeldMax = 100;

    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task A_handler_waits_for_a_caller_that_takes_nothing()
    {
        var written = 0;
        await using var probe = await Probe.Start(new Handlers
        {
            Output = async (_, responses, call) =>
            {
                call.CompressResponse = false;
                while (Volatile.Read(ref written) < Messages)
                {
                    await responses.WriteAsync(new StreamingOutputCallResponse { Payload = Probe.Bytes(MessageBytes) });
                    Interlocked.Increment(ref written);
                }
            },
        });
        using var call = await probe.Output();
        Assert.NotNull(await call.Receive());
        Assert.InRange(await Settled(() => Volatile.Read(ref written)), 1, HeldMax);
        var received = 1;
        while (await call.Receive() is not null)
            received++;
        Assert.Equal(Messages, received);
        Assert.Equal((int)StatusCode.OK, (await call.Status()).Code);
    }

    [Fact]
    public async Task A_caller_waits_for_a_handler_that_reads_nothing()
    {
        var gate = new TaskCompletionSource();
        await using var probe = await Probe.Start(new Handlers
        {
            Input = async (requests, _) =>
            {
                await gate.Task;
                var size = 0;
                await foreach (var request in requests)
                    size += request.Payload.Body.Length;
                return new StreamingInputCallResponse { AggregatedPayloadSize = size };
            },
        });
        using var call = probe.Input();
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            for (; sent < Messages; Interlocked.Increment(ref sent))
                await call.Send(new StreamingInputCallRequest { Payload = Probe.Bytes(MessageBytes) });
            call.End();
        });
        Assert.InRange(await Settled(() => Volatile.Read(ref sent)), 0, HeldMax);
        gate.SetResult();
        Assert.Equal(Messages * MessageBytes, (await call.Receive())!.AggregatedPayloadSize);
        await sending.Soon();
    }

    [Fact]
    public async Task A_write_before_the_one_before_is_done_is_refused()
    {
        var refused = new TaskCompletionSource<Exception>();
        await using var probe = await Probe.Start(new Handlers
        {
            Output = async (_, responses, call) =>
            {
                call.CompressResponse = false;
                // The caller takes nothing yet: sooner or later a write waits.
                for (Exception? second = null; second is null;)
                {
                    var first = responses.WriteAsync(new StreamingOutputCallResponse { Payload = Probe.Bytes(MessageBytes) });
                    second = await Record.ExceptionAsync(() => responses.WriteAsync(new StreamingOutputCallResponse()));
                    if (second is not null)
                        refused.SetResult(second);
                    await first;
                }
            },
        });
        using var call = await probe.Output();
        Assert.IsType<InvalidOperationException>(await refused.Task.Soon());
        while (await call.Receive() is not null)
        {
        }
        Assert.Equal((int)StatusCode.OK, (await call.Status()).Code);
    }

    [Fact]
    public async Task Headers_go_before_the_first_message_and_once()
    {
        var thrown = new TaskCompletionSource<Exception?>();
        await using var probe = await Probe.Start(new Handlers
        {
            Output = async (_, responses, call) =>
            {
                var headers = new Metadata();
                headers.Add("x-first", "1");
                await call.WriteResponseHeaders(headers);
                thrown.SetResult(await Record.ExceptionAsync(() => call.WriteResponseHeaders(headers)));
                await responses.WriteAsync(new StreamingOutputCallResponse());
            },
        });
        using var call = await probe.Output();
        Assert.NotNull(await call.Receive());
        Assert.Null(await call.Receive());
        Assert.Equal("1", (await call.Status()).Metadata["x-first"]);
        Assert.IsType<InvalidOperationException>(await thrown.Task.Soon());
    }

    [Fact]
    public async Task A_read_that_is_given_up_loses_no_message()
    {
        var gaveUp = new TaskCompletionSource();
        await using var probe = await Probe.Start(new Handlers
        {
            Input = async (requests, _) =>
            {
                using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
                await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await requests.ReadAsync(soon.Token));
                gaveUp.SetResult();
                var count = 0;
                while (await requests.ReadAsync() is not null)
                    count++;
                return new StreamingInputCallResponse { AggregatedPayloadSize = count };
            },
        });
        using var call = probe.Input();
        await gaveUp.Task.Soon();
        await call.Send(new StreamingInputCallRequest { Payload = Probe.Bytes(3) });
        await call.Send(new StreamingInputCallRequest { Payload = Probe.Bytes(4) });
        call.End();
        Assert.Equal(2, (await call.Receive())!.AggregatedPayloadSize);
    }

    /// <summary>A number that has stopped to grow.</summary>
    private static async Task<int> Settled(Func<int> read)
    {
        for (var last = -1; ;)
        {
            await Task.Delay(Settle);
            var now = read();
            if (now == last)
                return now;
            last = now;
        }
    }
}
