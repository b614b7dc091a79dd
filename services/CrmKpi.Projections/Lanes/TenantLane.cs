using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Settings;
using CrmKpi.ReadModels.Generations;
using CrmKpi.ReadModels.Store;

namespace CrmKpi.Projections.Lanes;

/// <summary>What a turn left to do.</summary>
/// <param name="HasMore">There is more to do at once.</param>
/// <param name="IsBulk">It is a catch-up: large batches, behind tenants that are nearly up to date.</param>
/// <param name="RetryAfter">Something failed; try again after this time.</param>
/// <param name="IsGone">The tenant was deleted.</param>
internal readonly record struct TurnResult(
    bool HasMore, bool IsBulk, TimeSpan? RetryAfter = null, bool IsGone = false);

/// <summary>
/// All generations of one tenant, one turn at a time and by one worker at a time: the live one first, then the one being
/// built, the one that verifies, and what is to be dropped. A failure of one does not stop the others.
/// </summary>
internal sealed class TenantLane(string tenant, LaneServices services)
{
    private readonly Dictionary<int, GenerationLane> _lanes = [];
    private readonly Dictionary<int, RetryState> _retries = [];
    private readonly HashSet<int> _parked = [];
    private List<Generation>? _generations;
    private DimensionDictionary? _dimensions;
    private long _head;
    private int _newestGeneration;
    private bool _hasWarned;

    public string Tenant { get; } = tenant;

    /// <summary>Roughly the bytes kept between turns.</summary>
    public long ApproximateBytes =>
        (_dimensions?.ApproximateBytes ?? 0) + _lanes.Values.Sum(lane => lane.ApproximateBytes);

    /// <summary>When the last turn ended.</summary>
    public long UsedAt { get; set; }

    /// <summary>True while a generation waits for a restart or a rebuild: this must not be forgotten.</summary>
    public bool HasParked => _parked.Count > 0;

    /// <summary>A hint from outside: how far the log is, and the newest generation if known. From any thread.</summary>
    public void Notice(long head, int newestGeneration)
    {
        InterlockedMax(ref _head, head);
        while (Volatile.Read(ref _newestGeneration) is var known && known < newestGeneration)
            Interlocked.CompareExchange(ref _newestGeneration, newestGeneration, known);
    }

    /// <summary>Forgets everything but what is parked: for a tenant that has not been asked for, or that is lost.</summary>
    public void Forget()
    {
        _lanes.Clear();
        _generations = null;
        _dimensions = null;
    }

    /// <summary>The tenant has moved away and has come back: nothing is as it was.</summary>
    private void BeginLife()
    {
        Forget();
        _parked.Clear();
        _retries.Clear();
        Volatile.Write(ref _head, 0);
    }

    /// <summary>One batch of each generation.</summary>
    /// <param name="bulk">This turn may take large batches.</param>
    public async Task<TurnResult> Turn(bool bulk, CancellationToken ct)
    {
        try
        {
            var generations = await Known(ct);
            if (generations.FirstOrDefault(g => g.Status == GenerationStatus.Live) is not { } live)
                throw new InvalidOperationException($"Tenant '{Tenant}' has generations, but none is live.");
            if (live.RulesVersion > Measures.RulesVersion)
            {
                if (!_hasWarned)
                    LaneLog.NewerRules(services.Logger, Tenant, live.RulesVersion, Measures.RulesVersion);
                _hasWarned = true;
                return new TurnResult(false, false);
            }
            var result = new TurnResult(false, false);
            result = Join(result, await Step(live, Volatile.Read(ref _head), bulk, ct));
            result = Join(result, await StepBuilding(bulk, ct));
            result = Join(result, await StepVerifying(bulk, ct));
            return Join(result, await Drop(bulk, ct));
        }
        catch (EventLog.UnknownTenantException)
        {
            Forget();
            _parked.Clear();
            LaneLog.Gone(services.Logger, Tenant);
            return new TurnResult(false, false, IsGone: true);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var retry = Retry(0);
            retry.WasTransient();
            Forget();
            LaneLog.TurnFailed(services.Logger, e, Tenant);
            return new TurnResult(true, bulk, retry.Delay(services.Options.RetryMilliseconds));
        }
    }

    private async Task<List<Generation>> Known(CancellationToken ct)
    {
        var newest = Volatile.Read(ref _newestGeneration);
        if (_generations?.Max(g => g.Number) is { } newestKnown && newestKnown < newest)
            if (Generation.LifeOf(newestKnown) == Generation.LifeOf(newest))
                _generations = null;
            else
                BeginLife();
        if (_generations is { } known)
            return known;
        var head = await services.Log.Head(Tenant, ct);
        InterlockedMax(ref _head, head);
        var generations = await services.Generations.List(Tenant, ct);
        if (generations.Count == 0)
        {
            var empty = new SettingsFold();
            await services.Generations.CreateFirst(
                Tenant, Measures.RulesVersion, empty.Serialize(), empty.Settings.CountingKey, ct);
            generations = await services.Generations.List(Tenant, ct);
        }
        if (generations.FirstOrDefault(g => g.Status == GenerationStatus.Live) is { } live
            && live.RulesVersion < Measures.RulesVersion
            && !generations.Any(g => g.Status == GenerationStatus.Building && g.RulesVersion == Measures.RulesVersion))
            generations = await Rebuild(generations, ct);
        return _generations = [.. generations];
    }

    /// <summary>The code has newer rules than the live generation: build one under them.</summary>
    private async Task<IReadOnlyList<Generation>> Rebuild(IReadOnlyList<Generation> generations, CancellationToken ct)
    {
        foreach (var old in generations.Where(
            g => g.Status == GenerationStatus.Building && g.RulesVersion < Measures.RulesVersion))
            await services.Generations.Retire(Tenant, old.Number, ct);
        var empty = new SettingsFold();
        await services.Generations.Start(
            Tenant, Measures.RulesVersion, GenerationStatus.Building, empty.Serialize(), empty.Settings.CountingKey, ct);
        return await services.Generations.List(Tenant, ct);
    }

    private async Task<TurnResult> StepBuilding(bool bulk, CancellationToken ct)
    {
        if (Find(GenerationStatus.Building) is { Sequence: 0 } begun && !_lanes.ContainsKey(begun.Number)
            && !_parked.Contains(begun.Number) && begun.RulesVersion == Measures.RulesVersion)
        {
            // The dictionary may have been renamed with the request: whoever was forgotten must not come back by it.
            Forget();
            await Known(ct);
        }
        if (Find(GenerationStatus.Building) is not { } building || Find(GenerationStatus.Live) is not { } live)
            return default;
        // A live generation of older rules stands still: the new one goes on to where the log is.
        var upTo = live.RulesVersion < Measures.RulesVersion ? Volatile.Read(ref _head) : live.Sequence;
        var result = await Step(building, upTo, bulk, ct);
        if (Find(GenerationStatus.Building) is { } built && built.Sequence >= live.Sequence)
            return await Flip(built, live, ct);
        return result;
    }

    private async Task<TurnResult> Flip(Generation built, Generation live, CancellationToken ct)
    {
        try
        {
            await services.Generations.Flip(built, live, ct);
        }
        catch (LaneLostException e)
        {
            return Fail(built, e, []);
        }
        LaneLog.Flipped(services.Logger, Tenant, live.Number, built.Number, built.Sequence);
        services.Notifier.Notify(Tenant, built.Number, built.Sequence);
        Forget();
        return new TurnResult(true, false);
    }

    private async Task<TurnResult> StepVerifying(bool bulk, CancellationToken ct)
    {
        if (Find(GenerationStatus.Verifying) is not { } verifying || Find(GenerationStatus.Live) is not { } live)
            return default;
        if (verifying.RulesVersion != live.RulesVersion || Find(GenerationStatus.Building) is not null
            || _parked.Contains(verifying.Number))
        {
            await services.Verifications.Fail(
                Tenant, verifying.Number, "The read models were rebuilt meanwhile, or the log cannot be folded. See the projection, and verify again.", ct);
            await services.Generations.Retire(Tenant, verifying.Number, ct);
            Forget();
            return new TurnResult(true, bulk);
        }
        // It shall meet the dictionary as it is stored, not as the lane remembers it.
        if (verifying.Sequence == 0 && !_lanes.ContainsKey(verifying.Number))
            Forget();
        if (_generations is null)
            await Known(ct);
        var result = await Step(verifying, live.Sequence, bulk, ct);
        if (Find(GenerationStatus.Verifying) is not { } fresh || fresh.Sequence != live.Sequence)
            return result;
        if (await services.Verifications.Compare(live, fresh, ct))
        {
            await services.Generations.Retire(Tenant, fresh.Number, ct);
            LaneLog.Verified(services.Logger, Tenant, fresh.Sequence);
        }
        Forget();
        return new TurnResult(true, bulk);
    }

    private async Task<TurnResult> Drop(bool bulk, CancellationToken ct)
    {
        if (Find(GenerationStatus.Dropping) is not { } dropping)
            return default;
        if (!await services.Generations.DropChunk(Tenant, dropping.Number, ct))
        {
            _parked.Remove(dropping.Number);
            _generations!.RemoveAll(g => g.Number == dropping.Number);
        }
        return new TurnResult(_generations!.Any(g => g.Status == GenerationStatus.Dropping), bulk);
    }

    /// <summary>One batch of one generation.</summary>
    private async Task<TurnResult> Step(Generation generation, long upTo, bool bulk, CancellationToken ct)
    {
        if (generation.RulesVersion != Measures.RulesVersion || _parked.Contains(generation.Number)
            || generation.Sequence >= upTo)
            return default;
        if (!bulk && upTo - generation.Sequence > services.Options.FreshEventsMax)
            return new TurnResult(true, true);
        GenerationLane? lane = null;
        try
        {
            lane = await Open(generation, ct);
            var retry = Retry(generation.Number);
            var max = bulk ? services.Options.BatchEventsMax : services.Options.FreshEventsMax;
            var others = _generations!.Where(g => g.Number != generation.Number).ToArray();
            await lane.Advance(upTo, Math.Min(max, retry.EventsMax ?? max), others, ct);
            retry.Succeeded();
            _retries[0] = new RetryState();
            Replace(lane.Generation);
            if (lane.HasSuccessor)
            {
                LaneLog.CountingChanged(services.Logger, Tenant, generation.Number, lane.Generation.Sequence);
                Forget();
                return new TurnResult(true, bulk);
            }
            var left = upTo - lane.Generation.Sequence;
            return new TurnResult(left > 0, left > services.Options.FreshEventsMax);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return await Failed(generation, e, lane?.Batch ?? [], ct);
        }
        catch (OperationCanceledException)
        {
            Forget();
            throw;
        }
    }

    private async Task<GenerationLane> Open(Generation generation, CancellationToken ct)
    {
        _dimensions ??= await services.Store.LoadDimensions(Tenant, ct);
        if (!_lanes.TryGetValue(generation.Number, out var lane))
            _lanes.Add(generation.Number, lane = new GenerationLane(generation, services, _dimensions));
        return lane;
    }

    private async Task<TurnResult> Failed(
        Generation generation, Exception e, IReadOnlyList<EventLog.StoredEvent> batch, CancellationToken ct)
    {
        var kind = Failures.KindOf(e);
        LaneTelemetry.Failed(kind);
        if (kind != FailureKind.Deterministic)
            return Fail(generation, e, batch);
        if (!Retry(generation.Number).IsHopeless(batch.Count, services.Options.AttemptsMax))
        {
            LaneLog.BatchFailed(services.Logger, e, Tenant, generation.Number, generation.Sequence, batch.Count);
            Forget();
            return new TurnResult(true, false, Retry(generation.Number).Delay(services.Options.RetryMilliseconds));
        }
        var sequence = generation.Sequence + 1;
        var culprit = batch.Count > 0 ? $"{batch[0].Type} of {batch[0].StreamId}" : "not readable";
        var reason = $"Event {sequence} ({culprit}): {e.GetType().Name}: {e.Message}";
        await services.Generations.Park(generation, sequence, reason, ct);
        _parked.Add(generation.Number);
        _retries.Remove(generation.Number);
        LaneLog.Parked(services.Logger, e, Tenant, generation.Number, sequence, culprit);
        Forget();
        return default;
    }

    private TurnResult Fail(Generation generation, Exception e, IReadOnlyList<EventLog.StoredEvent> batch)
    {
        var retry = Retry(generation.Number);
        retry.WasTransient();
        if (e is LaneLostException)
            LaneLog.Lost(services.Logger, Tenant, generation.Number, generation.Sequence);
        else
            LaneLog.BatchFailed(services.Logger, e, Tenant, generation.Number, generation.Sequence, batch.Count);
        Forget();
        return new TurnResult(true, false, retry.Delay(services.Options.RetryMilliseconds));
    }

    private Generation? Find(GenerationStatus status) => _generations?.FirstOrDefault(g => g.Status == status);

    private void Replace(Generation generation)
    {
        var at = _generations!.FindIndex(g => g.Number == generation.Number);
        _generations[at] = generation;
    }

    private RetryState Retry(int generation)
    {
        if (!_retries.TryGetValue(generation, out var retry))
            _retries.Add(generation, retry = new RetryState());
        return retry;
    }

    private static TurnResult Join(TurnResult a, TurnResult b) => new(
        a.HasMore || b.HasMore, a.HasMore && a.IsBulk || b.HasMore && b.IsBulk,
        a.RetryAfter > b.RetryAfter || b.RetryAfter is null ? a.RetryAfter : b.RetryAfter);

    private static void InterlockedMax(ref long target, long value)
    {
        while (Volatile.Read(ref target) is var known && known < value)
            Interlocked.CompareExchange(ref target, value, known);
    }
}
