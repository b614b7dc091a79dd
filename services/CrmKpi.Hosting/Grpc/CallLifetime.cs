namespace CrmKpi.Hosting.Grpc;

/// <summary>Why a call ended before its handler.</summary>
internal enum CallEnd
{
    /// <summary>It did not.</summary>
    None,
    CallerGone,
    Deadline,
    Idle,
    Stopping,

    /// <summary>The caller's credential was revoked or has expired.</summary>
    Credential,
}

/// <summary>
/// What can end a call from outside; the first of it counts. <see cref="Token"/> fires and <see cref="Ended"/> completes with it.
/// </summary>
internal sealed class CallLifetime : IDisposable
{
    // Timers take 49 days at most; a deadline beyond that is none that anybody waits for.
    private static readonly TimeSpan TimerMax = TimeSpan.FromDays(49);

    // Never disposed: it holds no timer and no handle, and a late end must not fail.
    private readonly CancellationTokenSource _source = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeSpan _idleMax;
    private readonly ITimer? _deadline;
    private readonly ITimer _idle;
    private readonly CancellationTokenRegistration _aborted;
    private readonly CancellationTokenRegistration _stopping;
    private readonly CancellationTokenRegistration _credential;
    private int _end;
    private int _waiting;

    public CallLifetime(
        TimeSpan? timeout, TimeSpan idleMax, CancellationToken aborted, CancellationToken stopping,
        CancellationToken credential, TimeProvider time)
    {
        _idleMax = idleMax;
        _idle = time.CreateTimer(_ => End(CallEnd.Idle), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (timeout is { } max)
        {
            var now = time.GetUtcNow();
            Deadline = max < DateTimeOffset.MaxValue - now ? now + max : DateTimeOffset.MaxValue;
            if (max < TimerMax)
                _deadline = time.CreateTimer(_ => End(CallEnd.Deadline), null, max, Timeout.InfiniteTimeSpan);
        }
        _aborted = aborted.Register(() => End(CallEnd.CallerGone));
        _stopping = stopping.Register(() => End(CallEnd.Stopping));
        _credential = credential.Register(() => End(CallEnd.Credential));
    }

    public DateTimeOffset? Deadline { get; }

    public CancellationToken Token => _source.Token;

    public Task Ended => _ended.Task;

    public CallEnd Reason => (CallEnd)Volatile.Read(ref _end);

    public void End(CallEnd reason)
    {
        if (Interlocked.CompareExchange(ref _end, (int)reason, (int)CallEnd.None) != (int)CallEnd.None)
            return;
        _ended.TrySetResult();
        _source.Cancel();
    }

    /// <summary>
    /// Awaits the caller. The time that nothing moves counts while somebody waits so, in either direction; each move starts it anew.
    /// </summary>
    public async ValueTask<T> AwaitCaller<T>(ValueTask<T> move)
    {
        if (move.IsCompleted)
            return await move;
        Interlocked.Increment(ref _waiting);
        _idle.Change(_idleMax, Timeout.InfiniteTimeSpan);
        try
        {
            return await move;
        }
        finally
        {
            _idle.Change(Interlocked.Decrement(ref _waiting) > 0 ? _idleMax : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        _aborted.Dispose();
        _stopping.Dispose();
        _credential.Dispose();
        _deadline?.Dispose();
        _idle.Dispose();
    }
}
