using CrmKpi.Hosting.Grpc;
using Grpc.Testing;

namespace CrmKpi.Grpc.Tests.Calls;

/// <summary>What ends a call before its handler: deadline, caller, silence, stop.</summary>
public sealed class LifetimeTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task The_deadline_fires_the_token_of_the_handler()
    {
        var seen = new TaskCompletionSource<DateTimeOffset?>();
        await using var probe = await Probe.Start(new Handlers
        {
            Unary = async (_, call) =>
            {
                await Eventually.Fired(call.CancellationToken);
                seen.SetResult(call.Deadline);
                call.CancellationToken.ThrowIfCancellationRequested();
                return new SimpleResponse();
            },
        });
        var reply = await probe.Unary(timeout: Short);
        Assert.Equal((int)StatusCode.DeadlineExceeded, reply.Status.Code);
        Assert.NotNull(await seen.Task.Soon());
    }

    [Fact]
    public async Task A_handler_that_goes_on_after_the_deadline_keeps_nobody_waiting_and_can_write_no_more()
    {
        var answered = new TaskCompletionSource();
        var refused = new TaskCompletionSource<Exception>();
        await using var probe = await Probe.Start(new Handlers
        {
            Duplex = async (_, responses, _) =>
            {
                await answered.Task;
                refused.SetResult(await Record.ExceptionAsync(() => responses.WriteAsync(new StreamingOutputCallResponse())));
            },
        });
        using var call = probe.Duplex(Short);
        Assert.Null(await call.Receive());
        Assert.Equal((int)StatusCode.DeadlineExceeded, (await call.Status()).Code);
        answered.SetResult();
        Assert.IsAssignableFrom<OperationCanceledException>(await refused.Task.Soon());
        Assert.Empty(probe.Errors.All);
    }

    [Fact]
    public async Task The_deadline_ends_a_call_whose_message_does_not_come()
    {
        await using var probe = await Probe.Start(new Handlers());
        using var call = probe.Client.Open<SimpleRequest, SimpleResponse>(Probe.UnaryPath, Short);
        Assert.Null(await call.Receive());
        Assert.Equal((int)StatusCode.DeadlineExceeded, (await call.Status()).Code);
    }

    [Fact]
    public async Task A_handler_that_is_done_in_time_succeeds_with_a_deadline()
    {
        await using var probe = await Probe.Start(new Handlers());
        Assert.Equal((int)StatusCode.OK, (await probe.Unary(timeout: TimeSpan.FromMinutes(5))).Status.Code);
        Assert.Equal((int)StatusCode.OK, (await probe.Unary(timeout: TimeSpan.FromDays(1))).Status.Code);
    }

    [Fact]
    public async Task A_caller_that_gives_up_fires_the_token()
    {
        var (begun, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var probe = await Probe.Start(new Handlers
        {
            Unary = async (_, call) =>
            {
                begun.SetResult();
                await Eventually.Fired(call.CancellationToken);
                ended.SetResult();
                return new SimpleResponse();
            },
        });
        using var cancel = new CancellationTokenSource();
        var reply = probe.Unary(ct: cancel.Token);
        await begun.Task.Soon();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reply);
        await ended.Task.Soon();
        Assert.Empty(probe.Errors.All);
    }

    [Fact]
    public async Task A_caller_that_breaks_its_stream_off_ends_the_reading()
    {
        var (begun, thrown) = (new TaskCompletionSource(), new TaskCompletionSource<Exception?>());
        await using var probe = await Probe.Start(new Handlers
        {
            Input = async (requests, _) =>
            {
                await requests.ReadAsync();
                begun.SetResult();
                thrown.SetResult(await Record.ExceptionAsync(async () => await requests.ReadAsync()));
                return new StreamingInputCallResponse();
            },
        });
        using (var call = probe.Input())
        {
            await call.Send(new StreamingInputCallRequest());
            await begun.Task.Soon();
        }
        Assert.IsAssignableFrom<OperationCanceledException>(await thrown.Task.Soon());
        Assert.Empty(probe.Errors.All);
    }

    [Fact]
    public async Task A_stream_on_which_nothing_moves_ends()
    {
        await using var probe = await Probe.Start(
            new Handlers { Duplex = async (requests, _, _) => await requests.ReadAsync() }, settings: "--Server:StreamIdleSecondsMax=1");
        using var call = probe.Duplex();
        Assert.Null(await call.Receive());
        var status = await call.Status();
        Assert.Equal((int)StatusCode.DeadlineExceeded, status.Code);
        Assert.Contains("Nothing moved", status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_whose_handler_waits_for_news_is_not_idle()
    {
        await using var probe = await Probe.Start(
            new Handlers
            {
                Output = async (_, responses, call) =>
                {
                    await Task.Delay(TimeSpan.FromSeconds(2.5), call.CancellationToken);
                    await responses.WriteAsync(new StreamingOutputCallResponse());
                },
            },
            settings: "--Server:StreamIdleSecondsMax=1");
        using var call = await probe.Output();
        Assert.NotNull(await call.Receive());
        Assert.Null(await call.Receive());
        Assert.Equal((int)StatusCode.OK, (await call.Status()).Code);
    }

    [Fact]
    public async Task A_server_that_stops_ends_streams_and_lets_unary_calls_finish()
    {
        var (begun, stopping) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var probe = await Probe.Start(new Handlers
        {
            Unary = async (_, call) =>
            {
                begun.SetResult();
                await stopping.Task;
                Assert.False(call.CancellationToken.IsCancellationRequested);
                return new SimpleResponse { Username = "finished" };
            },
            Duplex = async (_, responses, call) =>
            {
                await responses.WriteAsync(new StreamingOutputCallResponse());
                await Eventually.Fired(call.CancellationToken);
                stopping.SetResult();
            },
        });
        var reply = probe.Unary();
        using var stream = probe.Duplex();
        Assert.NotNull(await stream.Receive());
        // The client of this test loses a status that comes before it has sent all, when the connection closes at once.
        stream.End();
        await begun.Task.Soon();
        var stop = probe.Server.StopAsync();
        Assert.Null(await stream.Receive());
        Assert.Equal((int)StatusCode.Unavailable, (await stream.Status()).Code);
        Assert.Equal("finished", (await reply).Ok.Username);
        await stop.Soon();
    }
}
