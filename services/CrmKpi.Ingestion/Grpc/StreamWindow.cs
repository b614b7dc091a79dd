namespace CrmKpi.Ingestion.Grpc;

/// <summary>
/// What of a stream is under way: at most so many batches and events. Whoever reads the stream waits for room, and so, by flow
/// control, does its sender. A batch that is larger than the window goes alone. One enters, one lets leave.
/// </summary>
internal sealed class StreamWindow(int batchesMax, int eventsMax)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _left;
    private int _batches;
    private int _events;

    /// <summary>Takes room for a batch, as soon as there is some.</summary>
    public async ValueTask Enter(int events, CancellationToken ct)
    {
        while (TryEnter(events) is { } left)
            await left.WaitAsync(ct);
    }

    /// <summary>True when nothing is under way.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _batches == 0;
        }
    }

    /// <summary>Waits until a batch has left; not at all when there is none.</summary>
    public async ValueTask AwaitLeave(CancellationToken ct)
    {
        Task left;
        lock (_lock)
        {
            if (_batches == 0)
                return;
            left = Left();
        }
        await left.WaitAsync(ct);
    }

    /// <summary>Gives the room of a batch back.</summary>
    public void Leave(int events)
    {
        TaskCompletionSource? left;
        lock (_lock)
        {
            _batches--;
            _events -= events;
            (left, _left) = (_left, null);
        }
        left?.SetResult();
    }

    private Task? TryEnter(int events)
    {
        lock (_lock)
        {
            if (_batches > 0 && (_batches == batchesMax || _events + events > eventsMax))
                return Left();
            _batches++;
            _events += events;
            return null;
        }
    }

    private Task Left() => (_left ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
}
