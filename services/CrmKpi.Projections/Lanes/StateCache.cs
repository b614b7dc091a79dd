using CrmKpi.Domain.Folding;

namespace CrmKpi.Projections.Lanes;

/// <summary>
/// The entity states of one generation that its lane keeps between batches. Two ages: what was not asked for while the young
/// half filled up goes away with the old half. A batch changes states in place, so the cache is dropped when one fails.
/// </summary>
internal sealed class StateCache
{
    private Dictionary<EntityKey, EntityState> _young = [];
    private Dictionary<EntityKey, EntityState> _old = [];
    private long _youngBytes;
    private long _oldBytes;

    /// <param name="fromStart">The generation has no states yet.</param>
    public StateCache(bool fromStart) => IsComplete = fromStart;

    /// <summary>True as long as every state of the generation is here: what is not, does not exist.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Roughly the bytes held.</summary>
    public long ApproximateBytes => _youngBytes + _oldBytes;

    /// <summary>The state of a key, if it is kept.</summary>
    public bool TryGet(EntityKey key, out EntityState? state)
    {
        if (_young.TryGetValue(key, out state))
            return true;
        if (!_old.Remove(key, out state))
            return false;
        var bytes = state.ApproximateBytes;
        _oldBytes -= bytes;
        _young.Add(key, state);
        _youngBytes += bytes;
        return true;
    }

    /// <summary>Keeps a state; one of the same key is replaced.</summary>
    public void Put(EntityState state)
    {
        if (_old.Remove(state.Key, out var old))
            _oldBytes -= old.ApproximateBytes;
        if (!_young.TryGetValue(state.Key, out var young) || !ReferenceEquals(young, state))
            _youngBytes += state.ApproximateBytes;
        _young[state.Key] = state;
    }

    /// <summary>Keeps about this many bytes of what was used last.</summary>
    public void Trim(long bytesMax)
    {
        // States grow in place: count again before deciding, once a batch.
        _youngBytes = _young.Values.Sum(state => (long)state.ApproximateBytes);
        if (_youngBytes + _oldBytes <= bytesMax)
            return;
        if (_old.Count > 0)
            IsComplete = false;
        (_old, _oldBytes) = (_young, _youngBytes);
        (_young, _youngBytes) = ([], 0);
        if (_oldBytes <= bytesMax)
            return;
        (_old, _oldBytes) = ([], 0);
        IsComplete = false;
    }
}
