using System.Diagnostics;
using CrmKpi.Domain.Cube;

namespace CrmKpi.ReadModels.Memory;

/// <summary>One tenant's place in memory: the snapshot, how fresh it is, and who loads it. Times are ticks of <see cref="Stopwatch"/>.</summary>
internal sealed class TenantCube(string tenant)
{
    private volatile CubeSnapshot? _snapshot;
    private long _bytes;
    private long _noticed;
    private volatile TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Tenant { get; } = tenant;

    /// <summary>One load at a time; the others wait for it.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

    /// <summary>Null when nothing is held, or when the tenant has no read model.</summary>
    public CubeSnapshot? Snapshot
    {
        get => _snapshot;
        set
        {
            Volatile.Write(ref _bytes, value is null ? 0 : BytesOf(value));
            _snapshot = value;
        }
    }

    /// <summary>When somebody last asked.</summary>
    public long UsedAt;

    /// <summary>When the last successful refresh began; 0 = never.</summary>
    public long CheckedAt;

    /// <summary>How long it took.</summary>
    public long RefreshTicks;

    /// <summary>1 while a background refresh is on its way.</summary>
    public int Refreshing;

    /// <summary>True when a notification has said that there is something newer than the last check.</summary>
    public bool IsOutdated => Volatile.Read(ref _noticed) > Volatile.Read(ref CheckedAt);

    /// <summary>Completes at the next notification.</summary>
    public Task News => _news.Task;

    /// <summary>Bytes that the snapshot keeps.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>A notification came in.</summary>
    public void Notice()
    {
        Volatile.Write(ref _noticed, Stopwatch.GetTimestamp());
        Interlocked.Exchange(ref _news, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    /// <summary>
    /// The snapshot, when it has all of these measures and is not before a sequence; else null. What is answered is what was looked
    /// at: the next moment another one, with other measures, may be held, or none.
    /// </summary>
    public CubeSnapshot? Covering(IReadOnlyCollection<Measure> measures, long minSequence)
    {
        if (Snapshot is not { } held || held.Sequence < minSequence)
            return null;
        foreach (var measure in measures)
            if (!held.Columns.ContainsKey(measure.Id))
                return null;
        return held;
    }

    private static long BytesOf(CubeSnapshot held) =>
        held.Columns.Values.Sum(column => column.Bytes) + ((DimensionList)held.DimensionSets).Bytes;
}
