using System.Collections.Concurrent;
using CrmKpi.Hosting.Limits;

namespace CrmKpi.Gateway.Limits;

/// <summary>
/// The credentials that a service has accepted lately, each with the limits of its caller: a key has one credential, a
/// user a new token every few minutes. Only a service's word brings one in, so that guessing fills nothing, and a 401
/// takes it out.
/// </summary>
internal sealed class CredentialTable(RatePolicy policy, int entriesMax, TimeSpan idleMax, TimeProvider time)
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<CredentialDigest, Entry> _entries = new();
    private readonly PartitionTable<string> _callers = new(policy, entriesMax, time);
    private long _sweptAt = time.GetTimestamp();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>The limits of the caller of a credential that is known; null for any other.</summary>
    public Partition? Find(CredentialDigest digest)
    {
        if (!_entries.TryGetValue(digest, out var entry))
            return null;
        entry.UsedAt = time.GetTimestamp();
        return _callers.Of(entry.Caller);
    }

    /// <summary>A service has accepted it. Without a room for it, it goes on counting by its address.</summary>
    /// <param name="caller">Whose it is, in the service's words.</param>
    public void Accepted(CredentialDigest digest, string caller)
    {
        if (_entries.ContainsKey(digest))
            return;
        if (Count >= entriesMax)
            Sweep();
        if (Count < entriesMax && _entries.TryAdd(digest, new Entry(caller) { UsedAt = time.GetTimestamp() }))
            Interlocked.Increment(ref _count);
    }

    /// <summary>A service has refused it.</summary>
    public void Refused(CredentialDigest digest)
    {
        if (_entries.TryRemove(digest, out _))
            Interlocked.Decrement(ref _count);
    }

    private void Sweep()
    {
        var last = Volatile.Read(ref _sweptAt);
        if (time.GetElapsedTime(last) < SweepInterval
            || Interlocked.CompareExchange(ref _sweptAt, time.GetTimestamp(), last) != last)
            return;
        foreach (var (digest, entry) in _entries)
            if (time.GetElapsedTime(entry.UsedAt) > idleMax)
                Refused(digest);
    }

    private sealed class Entry(string caller)
    {
        private long _usedAt;

        public string Caller { get; } = caller;

        public long UsedAt
        {
            get => Volatile.Read(ref _usedAt);
            set => Volatile.Write(ref _usedAt, value);
        }
    }
}
