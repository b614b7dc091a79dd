namespace CrmKpi.EventLog.Append;

/// <summary>
/// Group commit: while one transaction of a tenant is written, its next requests gather, and then share one. One
/// transaction a tenant at a time (more would only wait for its head), a bounded number over all, of which those with many
/// events may take only some: a few events never wait until an import has ended a transaction. Who waits for a turn gets
/// it by fair shares (<see cref="FairTurns"/>). A tenant without requests has nothing here.
/// </summary>
internal sealed class GroupCommit(Func<string, IReadOnlyList<AppendRequest>, Task> write) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TenantQueue> _queues = new(StringComparer.Ordinal);
    private readonly FairTurns _transactions = Turns(AppendLimits.TransactionsMax);
    private readonly FairTurns _bulk = Turns(AppendLimits.BulkTransactionsMax);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _bytes;
    private long _transactionsDone;
    private bool _closing;

    /// <summary>How many transactions were tried so far: fewer than requests when they share.</summary>
    public long TransactionsDone => Interlocked.Read(ref _transactionsDone);

    /// <exception cref="OverloadedException">The tenant, or all together, are at their limit.</exception>
    public Task<AppendResult> Enqueue(string tenant, AppendRequest request, CancellationToken ct)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing, typeof(EventLog));
            var running = _queues.TryGetValue(tenant, out var queue);
            queue ??= new TenantQueue(tenant);
            if (!queue.HasRoomFor(request) || (_bytes > 0 && _bytes + request.Bytes > AppendLimits.TotalBytesMax))
                throw new OverloadedException(AppendLimits.RetryAfter);
            queue.Add(request);
            _bytes += request.Bytes;
            LogTelemetry.Waits(request.Bytes);
            if (!running)
            {
                _queues.Add(tenant, queue);
                // Not as a part of the request that happens to be the first.
                using (ExecutionContext.SuppressFlow())
                    _ = Task.Run(() => Drain(queue), CancellationToken.None);
            }
        }
        return ct.CanBeCanceled ? Watch(request, ct) : request.Completion;
    }

    /// <summary>Takes no more requests, and waits for those that it has.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closing = true;
            if (_queues.Count == 0)
                _drained.TrySetResult();
        }
        await _drained.Task;
    }

    private static async Task<AppendResult> Watch(AppendRequest request, CancellationToken ct)
    {
        await using var registration = ct.Register(() => request.TryCancel(ct));
        return await request.Completion;
    }

    // Each tenant waits for one turn at most.
    private static FairTurns Turns(int turnsMax) => new(turnsMax, 1, 1, int.MaxValue);

    private async Task Drain(TenantQueue queue)
    {
        while (true)
        {
            bool isBulk;
            lock (_gate)
                isBulk = queue.IsBulk;
            // First the turn, then the group: while it waits for its turn the group grows.
            using var bulk = isBulk ? await _bulk.Enter(queue.Tenant, CancellationToken.None) : null;
            using var transaction = await _transactions.Enter(queue.Tenant, CancellationToken.None);
            List<AppendRequest> group;
            lock (_gate)
            {
                if (queue.IsEmpty)
                {
                    _queues.Remove(queue.Tenant);
                    if (_closing && _queues.Count == 0)
                        _drained.TrySetResult();
                    return;
                }
                group = queue.TakeGroup(isBulk);
            }
            var started = group.Where(request => request.TryStart()).ToList();
            if (started.Count > 0)
            {
                Interlocked.Increment(ref _transactionsDone);
                await write(queue.Tenant, started);
            }
            lock (_gate)
            {
                var bytes = queue.Release(group);
                _bytes -= bytes;
                LogTelemetry.Waits(-bytes);
            }
        }
    }

    /// <summary>The requests of one tenant that wait or are being written. Guarded by the gate.</summary>
    private sealed class TenantQueue(string tenant)
    {
        private const int ManyGroups = 10;

        private readonly Queue<AppendRequest> _waiting = new();
        private long _events;
        private long _bytes;

        public string Tenant { get; } = tenant;
        public bool IsEmpty => _waiting.Count == 0;

        /// <summary>Whether the next group needs the turn of a large transaction; many small requests are one too.</summary>
        public bool IsBulk => _waiting.TryPeek(out var next)
            && (next.Events.Count > InsertRows.RowsMax || next.Bytes > InsertRows.BytesMax
                || _events > ManyGroups * InsertRows.RowsMax);

        /// <summary>A single request is always taken: it has limits of its own.</summary>
        public bool HasRoomFor(AppendRequest request) =>
            _events == 0
            || (_events + request.Events.Count <= AppendLimits.TenantEventsMax
                && _bytes + request.Bytes <= AppendLimits.TenantBytesMax);

        public void Add(AppendRequest request)
        {
            _waiting.Enqueue(request);
            _events += request.Events.Count;
            _bytes += request.Bytes;
        }

        /// <summary>The next requests, in order; none when the first is a large one and the turn is not.</summary>
        public List<AppendRequest> TakeGroup(bool isBulk)
        {
            var (eventsMax, bytesMax) = isBulk
                ? (AppendLimits.GroupEventsMax, (long)AppendLimits.GroupBytesMax)
                : (InsertRows.RowsMax, InsertRows.BytesMax);
            var group = new List<AppendRequest>();
            var events = 0;
            long bytes = 0;
            while (_waiting.TryPeek(out var next)
                && ((isBulk && group.Count == 0)
                    || (events + next.Events.Count <= eventsMax && bytes + next.Bytes <= bytesMax)))
            {
                group.Add(_waiting.Dequeue());
                events += next.Events.Count;
                bytes += next.Bytes;
            }
            return group;
        }

        public long Release(List<AppendRequest> group)
        {
            var bytes = group.Sum(request => request.Bytes);
            _bytes -= bytes;
            _events -= group.Sum(request => (long)request.Events.Count);
            return bytes;
        }
    }
}
