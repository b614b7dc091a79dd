using System.Diagnostics;

namespace CrmKpi.EventLog;

/// <summary>
/// A number of turns that tenants share, by start-time fair queuing: of those who wait the next turn is for the tenant with
/// the fewest running, of these for the one whose turns have lasted the shortest time. So a tenant with much work gets all
/// that others leave, and one that comes with little goes first; a pause saves nothing up.
/// </summary>
/// <param name="turnsMax">Turns at one time.</param>
/// <param name="tenantTurnsMax">Turns of one tenant at one time.</param>
/// <param name="tenantWaitingMax">Requests of one tenant that wait.</param>
/// <param name="waitingMax">Requests that wait, all tenants together.</param>
public sealed class FairTurns(int turnsMax, int tenantTurnsMax, int tenantWaitingMax, int waitingMax)
{
    /// <summary>Tenants remembered only for what they have used; beyond it that is forgiven.</summary>
    private const int DebtorsMax = 4_096;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Share> _shares = new(StringComparer.Ordinal);
    private int _running;
    private int _waiting;
    private long _tickets;

    /// <summary>What the tenant served last had used before: where one that comes anew begins.</summary>
    private long _level;

    /// <summary>Requests that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiting;
        }
    }

    /// <summary>Waits for a turn; it lasts until disposed.</summary>
    /// <exception cref="OverloadedException">Too many wait.</exception>
    public ValueTask<Turn> Enter(string tenant, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (!_shares.TryGetValue(tenant, out var share))
                _shares.Add(tenant, share = new Share(tenant));
            if (share.IsIdle)
                share.Used = Math.Max(share.Used, _level);
            if (_waiting == 0 && _running < turnsMax && share.Running < tenantTurnsMax)
                return ValueTask.FromResult(Begin(share));
            if (share.Waiting.Count >= tenantWaitingMax || _waiting >= waitingMax)
            {
                Forget(share);
                throw new OverloadedException(RetryAfter, "Too many requests wait for their turn; try again in a moment.");
            }
            var waiter = new Waiter(_tickets++);
            share.Waiting.AddLast(waiter.Node);
            _waiting++;
            // Turns may be free although others wait: those have all that their tenants may have.
            Grant();
            return new ValueTask<Turn>(waiter.Task.IsCompleted ? waiter.Task : Wait(share, waiter, ct));
        }
    }

    private async Task<Turn> Wait(Share share, Waiter waiter, CancellationToken ct)
    {
        await using var registration = ct.Register(() => TakeBack(share, waiter, ct));
        return await waiter.Task;
    }

    private void TakeBack(Share share, Waiter waiter, CancellationToken ct)
    {
        lock (_gate)
        {
            // Not in the list any more: it has its turn, which the caller gets and ends.
            if (waiter.Node.List is null)
                return;
            share.Waiting.Remove(waiter.Node);
            _waiting--;
            Forget(share);
        }
        waiter.SetCanceled(ct);
    }

    private void End(Share share, long started)
    {
        lock (_gate)
        {
            _running--;
            share.Running--;
            share.Used += Stopwatch.GetTimestamp() - started;
            Grant();
            Forget(share);
        }
    }

    private void Grant()
    {
        while (_running < turnsMax && _waiting > 0 && Next() is { } share)
        {
            var waiter = share.Waiting.First!.Value;
            share.Waiting.RemoveFirst();
            _waiting--;
            waiter.SetResult(Begin(share));
        }
    }

    private Turn Begin(Share share)
    {
        _running++;
        share.Running++;
        _level = Math.Max(_level, share.Used);
        return new Turn(this, share);
    }

    private Share? Next()
    {
        Share? best = null;
        foreach (var share in _shares.Values)
            if (share.Waiting.Count > 0 && share.Running < tenantTurnsMax && (best is null || share.IsBefore(best)))
                best = share;
        return best;
    }

    private void Forget(Share share)
    {
        if (!share.IsIdle)
            return;
        if (_running == 0 && _waiting == 0)
        {
            _shares.Clear();
            _level = 0;
        }
        else if (share.Used <= _level)
        {
            _shares.Remove(share.Tenant);
        }
        else if (_shares.Count > DebtorsMax)
        {
            foreach (var idle in _shares.Values.Where(other => other.IsIdle).ToArray())
                _shares.Remove(idle.Tenant);
        }
    }

    /// <summary>A turn that is running; disposing it once more does nothing.</summary>
    public sealed class Turn : IDisposable
    {
        private readonly long _started = Stopwatch.GetTimestamp();
        private readonly object _share;
        private FairTurns? _turns;

        internal Turn(FairTurns turns, object share) => (_turns, _share) = (turns, share);

        /// <inheritdoc/>
        public void Dispose() => Interlocked.Exchange(ref _turns, null)?.End((Share)_share, _started);
    }

    private sealed class Share(string tenant)
    {
        public string Tenant { get; } = tenant;
        public LinkedList<Waiter> Waiting { get; } = [];
        public int Running { get; set; }
        public long Used { get; set; }
        public bool IsIdle => Running == 0 && Waiting.Count == 0;

        public bool IsBefore(Share other) =>
            Running != other.Running ? Running < other.Running
            : Used != other.Used ? Used < other.Used
            : Waiting.First!.Value.Ticket < other.Waiting.First!.Value.Ticket;
    }

    private sealed class Waiter : TaskCompletionSource<Turn>
    {
        public Waiter(long ticket)
            : base(TaskCreationOptions.RunContinuationsAsynchronously) =>
            (Ticket, Node) = (ticket, new LinkedListNode<Waiter>(this));

        public long Ticket { get; }
        public LinkedListNode<Waiter> Node { get; }
    }
}
