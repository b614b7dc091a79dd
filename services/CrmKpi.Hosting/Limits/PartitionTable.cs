using System.Collections.Concurrent;

namespace CrmKpi.Hosting.Limits;

/// <summary>The limits of one caller: a bucket and the requests in flight.</summary>
public sealed class Partition(RatePolicy policy, TimeProvider time)
{
    private int _inFlight;

    /// <summary>Its rate.</summary>
    public TokenBucket Bucket { get; } = new(policy, time);

    /// <summary>True when forgetting it changes nothing.</summary>
    public bool IsIdle => Volatile.Read(ref _inFlight) == 0 && Bucket.IsFull;

    /// <summary>One more in flight, unless there are so many.</summary>
    public bool TryEnter(int inFlightMax)
    {
        if (Interlocked.Increment(ref _inFlight) <= inFlightMax)
            return true;
        Leave();
        return false;
    }

    /// <summary>One less in flight.</summary>
    public void Leave() => Interlocked.Decrement(ref _inFlight);
}

/// <summary>
/// A bounded table of partitions. When it is full the idle ones are forgotten, at most once a second; callers that then still find
/// no place share one partition.
/// </summary>
public sealed class PartitionTable<TKey>(RatePolicy policy, int entriesMax, TimeProvider time) where TKey : notnull
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<TKey, Partition> _partitions = new();
    private readonly Partition _shared = new(policy, time);
    private long _sweptAt = long.MinValue;
    private int _count;

    /// <summary>The rate of each partition.</summary>
    public RatePolicy Policy => policy;

    /// <summary>Partitions held.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The partition of a key; null when the table has none.</summary>
    public Partition? Find(TKey key) => _partitions.GetValueOrDefault(key);

    /// <summary>The partition of a key, made if need be.</summary>
    public Partition Of(TKey key)
    {
        if (_partitions.TryGetValue(key, out var known))
            return known;
        if (Count >= entriesMax)
            Sweep();
        if (Count >= entriesMax)
            return _shared;
        var made = new Partition(policy, time);
        var held = _partitions.GetOrAdd(key, made);
        if (ReferenceEquals(held, made))
            Interlocked.Increment(ref _count);
        return held;
    }

    /// <summary>Forgets a key.</summary>
    public void Remove(TKey key)
    {
        if (_partitions.TryRemove(key, out _))
            Interlocked.Decrement(ref _count);
    }

    private void Sweep()
    {
        var last = Volatile.Read(ref _sweptAt);
        var now = time.GetTimestamp();
        if (last != long.MinValue && time.GetElapsedTime(last, now) < SweepInterval
            || Interlocked.CompareExchange(ref _sweptAt, now, last) != last)
            return;
        foreach (var (key, partition) in _partitions)
            if (partition.IsIdle)
                Remove(key);
    }
}
