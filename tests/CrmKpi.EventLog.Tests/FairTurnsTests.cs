namespace CrmKpi.EventLog.Tests;

public sealed class FairTurnsTests
{
    [Fact]
    public async Task A_tenant_that_comes_with_little_goes_before_one_with_a_heap()
    {
        var turns = new FairTurns(1, 1, 100, 100);
        var order = new List<string>();
        var running = await turns.Enter("heap", default);
        var waiting = Enumerable.Range(0, 5).Select(i => Work(turns, "heap", $"heap{i}", order))
            .Append(Work(turns, "small", "small", order)).ToList();
        // So that the first turn has lasted.
        await Task.Delay(5);
        running.Dispose();
        await Task.WhenAll(waiting);
        Assert.Equal(["small", "heap0", "heap1", "heap2", "heap3", "heap4"], order);
    }

    [Fact]
    public async Task Two_tenants_with_a_heap_each_take_turns()
    {
        var turns = new FairTurns(1, 1, 100, 100);
        var order = new List<string>();
        var running = await turns.Enter("other", default);
        var waiting = Enumerable.Range(0, 20).Select(_ => Work(turns, "a", "a", order, 3))
            .Concat(Enumerable.Range(0, 20).Select(_ => Work(turns, "b", "b", order, 3))).ToList();
        running.Dispose();
        await Task.WhenAll(waiting);
        // By time, not by number: but neither is ever far ahead.
        for (var n = 1; n <= order.Count; n++)
            Assert.InRange(order.Take(n).Count(name => name == "a") - n / 2, -8, 8);
    }

    [Fact]
    public async Task A_tenant_has_no_more_turns_than_it_may_and_the_rest_is_for_others()
    {
        var turns = new FairTurns(3, 2, 100, 100);
        using var first = await turns.Enter("a", default);
        using var second = await turns.Enter("a", default);
        var third = turns.Enter("a", default).AsTask();
        Assert.False(third.IsCompleted);
        using var other = await turns.Enter("b", default);
        Assert.False(third.IsCompleted);
        var another = turns.Enter("c", default).AsTask();
        Assert.False(another.IsCompleted);
        // One of "a" ends: "c", which has none running, is first.
        first.Dispose();
        using var c = await another;
        Assert.False(third.IsCompleted);
        second.Dispose();
        (await third).Dispose();
    }

    [Fact]
    public async Task Beyond_the_limits_one_is_refused_and_nothing_stays_behind()
    {
        var turns = new FairTurns(1, 1, 2, 3);
        var running = await turns.Enter("a", default);
        var waiting = new List<Task<FairTurns.Turn>>
        {
            turns.Enter("a", default).AsTask(), turns.Enter("a", default).AsTask(),
        };
        await Assert.ThrowsAsync<OverloadedException>(async () => await turns.Enter("a", default));
        waiting.Add(turns.Enter("b", default).AsTask());
        var error = await Assert.ThrowsAsync<OverloadedException>(async () => await turns.Enter("c", default));
        Assert.True(error.RetryAfter > TimeSpan.Zero);
        Assert.Equal(3, turns.Waiting);
        running.Dispose();
        // Whose turn is first is not asked here: each ends its own when it comes.
        await Task.WhenAll(waiting.Select(async turn => (await turn).Dispose()));
        Assert.Equal(0, turns.Waiting);
        (await turns.Enter("c", default)).Dispose();
    }

    [Fact]
    public async Task Who_leaves_gives_the_place_to_the_next()
    {
        var turns = new FairTurns(1, 1, 100, 100);
        using var stop = new CancellationTokenSource();
        var running = await turns.Enter("a", default);
        var leaving = turns.Enter("b", stop.Token).AsTask();
        var next = turns.Enter("c", default).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await turns.Enter("b", stop.Token));
        Assert.Equal(1, turns.Waiting);
        running.Dispose();
        // Once more does nothing: a turn is given back once.
        running.Dispose();
        using var turn = await next;
        Assert.False(turns.Enter("d", default).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Many_at_once_never_exceed_the_number_and_all_come_through()
    {
        var turns = new FairTurns(4, 3, int.MaxValue, int.MaxValue);
        var (now, most) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 400).Select(i => Task.Run(async () =>
        {
            using var stop = new CancellationTokenSource();
            if (i % 7 == 0)
                stop.CancelAfter(i % 5);
            try
            {
                using var turn = await turns.Enter($"t{i % 9}", stop.Token);
                var running = Interlocked.Increment(ref now);
                lock (turns)
                    most = Math.Max(most, running);
                await Task.Yield();
                Interlocked.Decrement(ref now);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // It left; its place must not be lost, which the others show.
            }
        })));
        Assert.InRange(most, 1, 4);
        Assert.Equal(0, turns.Waiting);
        foreach (var tenant in new[] { "x", "y", "z", "v" })
            Assert.True(turns.Enter(tenant, default).AsTask().IsCompletedSuccessfully);
    }

    private static async Task Work(FairTurns turns, string tenant, string name, List<string> order, int milliseconds = 0)
    {
        using var turn = await turns.Enter(tenant, default);
        lock (order)
            order.Add(name);
        await Task.Delay(milliseconds);
    }
}
