using System.Diagnostics;

namespace CrmKpi.Projections.Lanes;

/// <summary>
/// Which tenant is worked on next: those nearly up to date before those that catch up, each in the order of arrival, one batch
/// a turn; one worker a tenant at most, and one worker that never takes a catch-up. So a tenant with a million events to
/// go costs the others one batch at most. Holds the lanes of one lease session and dies with it.
/// </summary>
internal sealed class LaneScheduler(LaneServices services, SlotTable slots)
{
    /// <summary>Lanes kept between turns without work; the rest is forgotten first.</summary>
    private const int IdleLanesMax = 1_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Queue<Entry> _fresh = [];
    private readonly Queue<Entry> _bulk = [];
    private readonly SemaphoreSlim _work = new(0);
    private int _bulkRunning;

    /// <summary>There may be work for a tenant; ignored unless its slot is held. From any thread.</summary>
    public void Enqueue(string tenant, long head, int newestGeneration = 0)
    {
        if (!slots.Holds(Slots.Of(tenant)))
            return;
        lock (_lock)
        {
            if (!_entries.TryGetValue(tenant, out var entry))
                _entries.Add(tenant, entry = new Entry(new TenantLane(tenant, services)));
            entry.Lane.Notice(head, newestGeneration);
            if (entry.State == EntryState.Running)
                entry.IsAsked = true;
            else if (entry.State == EntryState.Idle)
                Queue(entry);
        }
    }

    /// <summary>Works until cancelled.</summary>
    public Task Run(CancellationToken ct) =>
        Task.WhenAll(Enumerable.Range(0, services.Options.WorkersMax).Select(_ => Task.Run(() => Work(ct), ct)));

    private async Task Work(CancellationToken ct)
    {
        while (true)
        {
            await _work.WaitAsync(ct);
            if (Next() is not { } entry)
                continue;
            var slot = Slots.Of(entry.Lane.Tenant);
            var result = new TurnResult(false, false);
            if (slots.TryBegin(slot))
                try
                {
                    result = await Turn(entry, ct);
                }
                finally
                {
                    slots.End(slot);
                    entry.Lane.UsedAt = Stopwatch.GetTimestamp();
                }
            else
                lock (_lock)
                    _entries.Remove(entry.Lane.Tenant);
            Finish(entry, result, ct);
        }
    }

    private async Task<TurnResult> Turn(Entry entry, CancellationToken ct)
    {
        try
        {
            return await entry.Lane.Turn(entry.IsBulk, ct);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            LaneLog.TurnFailed(services.Logger, e, entry.Lane.Tenant);
            entry.Lane.Forget();
            return new TurnResult(true, entry.IsBulk, TimeSpan.FromMilliseconds(services.Options.RetryMilliseconds));
        }
    }

    private Entry? Next()
    {
        lock (_lock)
        {
            if (_fresh.TryDequeue(out var entry))
                return Begin(entry);
            // The permit of a catch-up that has to wait is given back when a running one ends.
            if (_bulkRunning >= services.Options.WorkersMax - 1 || !_bulk.TryDequeue(out entry))
                return null;
            _bulkRunning++;
            return Begin(entry);
        }
    }

    private static Entry Begin(Entry entry)
    {
        entry.State = EntryState.Running;
        entry.IsAsked = false;
        return entry;
    }

    private void Finish(Entry entry, TurnResult result, CancellationToken ct)
    {
        lock (_lock)
        {
            if (entry.IsBulk)
            {
                _bulkRunning--;
                if (_bulk.Count > 0)
                    _work.Release();
            }
            entry.IsBulk = result.IsBulk;
            entry.KnownBytes = entry.Lane.ApproximateBytes;
            if (result.IsGone)
            {
                entry.State = EntryState.Idle;
                _entries.Remove(entry.Lane.Tenant);
            }
            else if (result.RetryAfter is { } delay)
            {
                entry.State = EntryState.Waiting;
                _ = QueueLater(entry, delay, ct);
            }
            else if (result.HasMore || entry.IsAsked)
                Queue(entry);
            else
                entry.State = EntryState.Idle;
            KeepBudget();
        }
    }

    private async Task QueueLater(Entry entry, TimeSpan delay, CancellationToken ct)
    {
        await Task.Delay(delay, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
            Queue(entry);
    }

    private void Queue(Entry entry)
    {
        entry.State = EntryState.Queued;
        (entry.IsBulk ? _bulk : _fresh).Enqueue(entry);
        _work.Release();
    }

    /// <summary>Idle lanes are forgotten, the longest unused first, when there are too many or they keep too much.</summary>
    private void KeepBudget()
    {
        var excess = _entries.Values.Sum(entry => entry.KnownBytes) - services.Options.CacheBytesMax;
        var surplus = _entries.Count - IdleLanesMax;
        if (excess <= 0 && surplus <= 0)
            return;
        foreach (var entry in _entries.Values.Where(e => e.State == EntryState.Idle).OrderBy(e => e.Lane.UsedAt).ToArray())
        {
            if (excess <= 0 && surplus <= 0)
                return;
            excess -= entry.KnownBytes;
            surplus--;
            entry.Lane.Forget();
            entry.KnownBytes = 0;
            if (!entry.Lane.HasParked)
                _entries.Remove(entry.Lane.Tenant);
        }
    }

    private enum EntryState { Idle, Queued, Running, Waiting }

    private sealed class Entry(TenantLane lane)
    {
        public TenantLane Lane { get; } = lane;
        public EntryState State { get; set; }
        public bool IsBulk { get; set; }
        public bool IsAsked { get; set; }
        public long KnownBytes { get; set; }
    }
}
