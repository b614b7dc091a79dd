using System.Runtime.InteropServices;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Folding;

/// <summary>
/// Folds a batch of a tenant's events into entity states and says what changed: facts and cube cells. Pure: the caller
/// loads states when asked and stores the result. The order of use is
/// <code>
/// var batch = new FoldBatch(settings);
/// batch.Add(events);                                     // 1. which entities do they touch?
/// while (batch.Missing is { Count: > 0 } keys)           // 2. load what is asked for: the touched ones first,
///     foreach (key in keys) batch.Load(key, state);      //    then those that a changed link reaches (lead ↔ deal, deal → customer)
/// var changes = batch.Complete();                        // 3. contributions(new) − contributions(old)
/// </code>
/// </summary>
public sealed class FoldBatch
{
    private readonly Dictionary<EntityKey, Slot> _slots = [];
    private readonly List<Slot> _missing = [];
    private readonly Queue<Slot> _untold = [];
    private readonly FoldContext _context;
    private readonly ContributionList _old = ContributionList.Rent();
    private readonly List<(EntityKey Receiver, Link Link)> _telling = [];
    private readonly List<EntityKey> _routes = [];
    private bool _isComplete;

    /// <summary>Begins a batch under the settings of the tenant's generation.</summary>
    public FoldBatch(TenantSettings settings) => _context = new FoldContext(settings);

    /// <summary>
    /// Adds events, in any order; an event seen before changes nothing. Their data must stay as it is until the batch is
    /// complete. Events that no entity takes in are passed over.
    /// </summary>
    public void Add(ReadOnlySpan<LogEvent> events)
    {
        _slots.EnsureCapacity(_slots.Count + events.Length);
        foreach (ref readonly var e in events)
        {
            _routes.Clear();
            EventRoutes.Find(e, _context, _routes);
            foreach (var key in _routes)
            {
                var slot = SlotOf(key);
                if (slot.State is null)
                    (slot.Events ??= new(1)).Add(e);
                else if (slot.State.Apply(_context, e))
                    Changed(slot);
            }
        }
    }

    /// <summary>
    /// The entities whose stored state is needed before the batch can go on; empty when it can be completed. A copy: it
    /// stays as it is while its entities are loaded.
    /// </summary>
    public IReadOnlyCollection<EntityKey> Missing
    {
        get
        {
            TellOthers();
            if (_missing.Count == 0)
                return [];
            var keys = new EntityKey[_missing.Count];
            for (var i = 0; i < keys.Length; i++)
                keys[i] = _missing[i].Key;
            return keys;
        }
    }

    /// <summary>Hands in the stored state of a missing entity; null when there is none yet.</summary>
    public void Load(EntityKey key, EntityState? state)
    {
        ObjectDisposedException.ThrowIf(_isComplete, this);
        if (!_slots.TryGetValue(key, out var slot) || slot.State is not null)
            throw new InvalidOperationException($"{key} is not missing in this batch.");
        if (state is not null && state.Key != key)
            throw new ArgumentException($"The state of {state.Key} was handed in for {key}.", nameof(state));
        Forget(slot);
        if (state is null)
            slot.State = EntityState.Create(key);
        else
        {
            slot.State = state;
            slot.IsStored = true;
            slot.Told = LinksOf(state);
            slot.OldStart = _old.Count;
            state.Contribute(_context, _old);
            slot.OldCount = _old.Count - slot.OldStart;
        }
        var changed = false;
        foreach (ref readonly var e in CollectionsMarshal.AsSpan(slot.Events))
            changed |= slot.State.Apply(_context, e);
        foreach (ref readonly var told in CollectionsMarshal.AsSpan(slot.Links))
            changed |= slot.State.Receive(told.Sender, told.Link);
        (slot.Events, slot.Links) = (null, null);
        if (changed)
            Changed(slot);
    }

    /// <summary>Ends the batch.</summary>
    public BatchChanges Complete(CancellationToken ct = default)
    {
        ObjectDisposedException.ThrowIf(_isComplete, this);
        TellOthers();
        if (_missing.Count > 0)
            throw new InvalidOperationException($"{_missing.Count} entities are not loaded, among them {_missing[0].Key}.");
        var changed = new List<EntityState>(_slots.Count);
        var removed = new List<EntityKey>();
        var cells = CellSum.Rent();
        var now = ContributionList.Rent();
        foreach (var slot in _slots.Values)
        {
            if (!slot.IsChanged)
                continue;
            ct.ThrowIfCancellationRequested();
            now.Clear();
            slot.State!.Contribute(_context, now);
            cells.AddDifference(_old.Slice(slot.OldStart, slot.OldCount), now.From(0));
            if (!slot.State.IsEmpty)
                changed.Add(slot.State);
            else if (slot.IsStored)
                removed.Add(slot.Key);
        }
        _isComplete = true;
        now.Return();
        _old.Return();
        return new BatchChanges(changed, removed, cells.End());
    }

    // Delivers the difference between what changed entities told others before and tell them now, until all is quiet.
    // It ends: what is told depends on own events only, and only direct links are answered; merged customers hand on what
    // they were told, each time with a longer way in which nobody stands twice.
    private void TellOthers()
    {
        while (_untold.TryDequeue(out var slot))
        {
            slot.IsUntold = false;
            var told = LinksOf(slot.State!);
            var (before, now) = (new ToldLinks(slot.Told), new ToldLinks(told));
            foreach (var (receiver, link) in told)
                if (before.To(receiver) != link)
                    Deliver(slot.Key, receiver, link);
            foreach (var (receiver, _) in slot.Told)
                if (now.To(receiver) is null)
                    Deliver(slot.Key, receiver, null);
            slot.Told = told;
        }
    }

    private void Deliver(EntityKey sender, EntityKey receiver, Link? link)
    {
        var slot = SlotOf(receiver);
        if (slot.State is null)
            (slot.Links ??= []).Add((sender, link));
        else if (slot.State.Receive(sender, link))
            Changed(slot);
    }

    /// <summary>The links of one entity by receiver; few are looked through, many are indexed.</summary>
    private readonly struct ToldLinks((EntityKey Receiver, Link Link)[] links)
    {
        private const int FewMax = 16;

        private readonly Dictionary<EntityKey, Link>? _index =
            links.Length > FewMax ? links.ToDictionary(l => l.Receiver, l => l.Link) : null;

        public Link? To(EntityKey receiver)
        {
            if (_index is not null)
                return _index.GetValueOrDefault(receiver);
            foreach (ref readonly var each in links.AsSpan())
                if (each.Receiver == receiver)
                    return each.Link;
            return null;
        }
    }

    private (EntityKey, Link)[] LinksOf(EntityState state)
    {
        _telling.Clear();
        state.TellOthers(_context, _telling);
        return _telling.Count == 0 ? [] : _telling.ToArray();
    }

    private Slot SlotOf(EntityKey key)
    {
        ref var slot = ref CollectionsMarshal.GetValueRefOrAddDefault(_slots, key, out _);
        if (slot is null)
        {
            slot = new Slot(key) { MissingAt = _missing.Count };
            _missing.Add(slot);
        }
        return slot;
    }

    private void Forget(Slot slot)
    {
        var last = _missing[^1];
        _missing[slot.MissingAt] = last;
        last.MissingAt = slot.MissingAt;
        _missing.RemoveAt(_missing.Count - 1);
    }

    private void Changed(Slot slot)
    {
        slot.IsChanged = true;
        if (slot.IsUntold)
            return;
        slot.IsUntold = true;
        _untold.Enqueue(slot);
    }

    private sealed class Slot(EntityKey key)
    {
        public readonly EntityKey Key = key;
        public EntityState? State;
        public List<LogEvent>? Events;
        public List<(EntityKey Sender, Link? Link)>? Links;
        public (EntityKey Receiver, Link Link)[] Told = [];
        public int MissingAt;
        public int OldStart;
        public int OldCount;
        public bool IsChanged;
        public bool IsUntold;
        public bool IsStored;
    }
}

/// <summary>What a batch changed.</summary>
/// <param name="Entities">The entities whose state changed.</param>
/// <param name="Removed">Entities that are stored and of which nothing is known any more, since all that was known came from
/// another entity's link: their rows are to be deleted.</param>
/// <param name="Cells">Cube changes by measure, day, dimension set and bucket; zero changes are left out.</param>
public sealed record BatchChanges(
    IReadOnlyList<EntityState> Entities, IReadOnlyList<EntityKey> Removed, IReadOnlyCollection<KeyValuePair<CubeCell, CellValue>> Cells);
