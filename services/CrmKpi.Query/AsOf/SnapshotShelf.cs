using CrmKpi.Domain.Cube;

namespace CrmKpi.Query.AsOf;

/// <summary>A point in a tenant's log. The event tells apart two logs of which one was restored from a backup.</summary>
/// <param name="Facts">Whether the facts are wanted beside the cube.</param>
internal readonly record struct PastKey(string Tenant, long Sequence, Guid EventId, bool Facts = false);

/// <summary>
/// The last snapshots of the past and their facts, bounded in number and bytes; the one used longest ago goes first. They
/// never become stale: the log before an event does not change.
/// </summary>
internal sealed class SnapshotShelf(int snapshotsMax = SnapshotShelf.SnapshotsMax, long bytesMax = SnapshotShelf.BytesMax)
{
    /// <summary>The most snapshots kept.</summary>
    public const int SnapshotsMax = 32;

    /// <summary>The most bytes kept, answers and facts included.</summary>
    public const long BytesMax = 128 * 1024 * 1024;

    private const int DimensionSetBytes = 200;

    private readonly LinkedList<(PastKey Key, PastView View, long Bytes)> _byUse = [];

    /// <summary>The snapshot of a point, or null.</summary>
    public PastView? Find(PastKey key)
    {
        lock (_byUse)
        {
            for (var node = _byUse.First; node is not null; node = node.Next)
            {
                if (node.Value.Key != key)
                    continue;
                _byUse.Remove(node);
                _byUse.AddFirst(node);
                return node.Value.View;
            }
            return null;
        }
    }

    /// <summary>Keeps a snapshot with its facts; one that is too large alone is not kept.</summary>
    public void Keep(PastKey key, PastView view)
    {
        var bytes = AnswerCache.BytesMax + view.Snapshot.DimensionSets.Count * (long)DimensionSetBytes
            + view.Snapshot.Columns.Values.Sum(c => c.Bytes) + (view.Facts?.Bytes ?? 0);
        if (bytes > bytesMax)
            return;
        lock (_byUse)
        {
            _byUse.AddFirst((key, view, bytes));
            while (_byUse.Count > snapshotsMax || _byUse.Sum(held => held.Bytes) > bytesMax)
                _byUse.RemoveLast();
        }
    }

    /// <summary>Drops those of a tenant; null = all.</summary>
    public void Forget(string? tenant)
    {
        lock (_byUse)
            for (var node = _byUse.First; node is not null;)
            {
                var next = node.Next;
                if (tenant is null || node.Value.Key.Tenant == tenant)
                    _byUse.Remove(node);
                node = next;
            }
    }
}
