using System.Diagnostics;

namespace CrmKpi.EventLog.Append;

/// <summary>One caller's request while it waits and is written.</summary>
internal sealed class AppendRequest
{
    private const int Waiting = 0;
    private const int Started = 1;
    private const int Cancelled = 2;

    // Continuations run elsewhere: a caller's code must not hold up the tenant's queue.
    private readonly TaskCompletionSource<AppendResult> _completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _state = Waiting;

    public AppendRequest(string tenant, IReadOnlyList<NewEvent> events, ExpectedVersion? expected)
    {
        Events = events;
        Expected = expected;
        Ids = new Guid[events.Count];
        for (var i = 0; i < Ids.Length; i++)
        {
            Ids[i] = EventIds.Of(tenant, events[i].Source, events[i].SourceId);
            Bytes += events[i].Data.Length;
        }
    }

    public IReadOnlyList<NewEvent> Events { get; }
    public ExpectedVersion? Expected { get; }

    /// <summary>The id of each event.</summary>
    public Guid[] Ids { get; }

    /// <summary>The span that asks, if it is recorded.</summary>
    public ActivityContext Trace { get; } = Activity.Current is { Recorded: true } asking ? asking.Context : default;

    /// <summary>Bytes of data of all events.</summary>
    public long Bytes { get; }

    public Task<AppendResult> Completion => _completion.Task;

    /// <summary>
    /// From now on the result of the transaction is what counts; false when the caller has cancelled before.
    /// </summary>
    public bool TryStart() => Interlocked.CompareExchange(ref _state, Started, Waiting) == Waiting;

    /// <summary>Ends the request if it has not been started.</summary>
    public void TryCancel(CancellationToken ct)
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Waiting) == Waiting)
            _completion.TrySetCanceled(ct);
    }

    public void Complete(AppendResult result) => _completion.TrySetResult(result);

    public void Fail(Exception error) => _completion.TrySetException(error);
}
