using CrmKpi.Ingestion.Grpc;

namespace CrmKpi.Services.Tests.Grpc;

/// <summary>What of a stream may be under way.</summary>
public sealed class StreamWindowTests
{
    [Fact]
    public async Task So_many_batches_enter_and_the_next_waits_until_one_leaves()
    {
        var window = new StreamWindow(batchesMax: 2, eventsMax: 100);
        Assert.True(window.IsEmpty);
        await window.Enter(1, default);
        await window.Enter(1, default);
        var third = window.Enter(1, default);
        Assert.False(third.IsCompleted);
        window.Leave(1);
        await third;
        Assert.False(window.IsEmpty);
    }

    [Fact]
    public async Task So_many_events_enter_but_a_larger_batch_goes_alone()
    {
        var window = new StreamWindow(batchesMax: 8, eventsMax: 10);
        await window.Enter(6, default);
        var second = window.Enter(5, default);
        Assert.False(second.IsCompleted);
        window.Leave(6);
        await second;
        var large = window.Enter(50, default);
        Assert.False(large.IsCompleted);
        window.Leave(5);
        await large;
        var next = window.Enter(0, default);
        Assert.False(next.IsCompleted);
        window.Leave(50);
        await next;
    }

    [Fact]
    public async Task Waiting_for_one_to_leave_ends_at_once_when_there_is_none()
    {
        var window = new StreamWindow(batchesMax: 2, eventsMax: 10);
        await window.AwaitLeave(default);
        await window.Enter(1, default);
        var waiting = window.AwaitLeave(default);
        Assert.False(waiting.IsCompleted);
        window.Leave(1);
        await waiting;
        Assert.True(window.IsEmpty);
    }

    [Fact]
    public async Task Waiting_ends_with_the_call()
    {
        using var call = new CancellationTokenSource();
        var window = new StreamWindow(batchesMax: 1, eventsMax: 10);
        await window.Enter(1, call.Token);
        var (entering, leaving) = (window.Enter(1, call.Token).AsTask(), window.AwaitLeave(call.Token).AsTask());
        await call.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => entering);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
    }
}
