using CrmKpi.Domain.Cube;

namespace CrmKpi.Query.AsOf;

/// <summary>A point in a tenant's log. The event tells apart two logs of which one was restored from a backup.</summary>
internal readonly record struct PastKey(string Tenant, long Sequence, Guid EventId);

/// <summary>
/// The last snapshots of the past, bounded in number and bytes; the one used longest ago goes first. They never become stale: the
/// log before an event does not change.
/// </summary>
internal sealed class SnapshotShelf(int snapshotsMax = SnapshotShelf.SnapshotsMax, long bytesMax = SnapshotShelf.BytesMax)
{
    /// <summary>The most snapshots kept.</summary>
    public const int SnapshotsMax = 32;

    /// <summary>The most bytes kept, answers included.</summary>
    public const long BytesMax = 128 * 1024 * 1024;

    private const int DimensionSetBytes = 200;

    private readonly LinkedList<(PastKey Key, CubeSnapshot Snapshot, long Bytes)> _byUse = [];

    /// <summary>The snapshot of a point, or null.</summary>
    public CubeSnapshot? Find(PastKey key)
    {
        lock (_byUse)
        {
            for (var node = _byUse.First; node is not null; node = node.Next)
            {
                if (node.Value.Key != key)
                    continue;
                _byUse.Remove(node);
                _byUse.AddFirst(node);
                return node.Value.Snapshot;
            }
            return null;
        }
    }

    /// <summary>Keeps a snapshot; one that is too large alone is not kept.</summary>
    public void Keep(PastKey key, CubeSnapshot snapshot)
    {
        var bytes = AnswerCache.BytesMax + snapshot.DimensionSets.Count * (long)DimensionSetBytes
            + snapshot.Columns.Values.Sum(c => c.Bytes);
        if (bytes > bytesMax)
            return;
        lock (_byUse)
        {
            _byUse.AddFirst((key, snapshot, bytes));
            while (_byUse.Count > snapshotsMax || _byUse.Sum(held => held.Bytes) > bytesMax)
                _byUse.RemoveLast();
        }
    }
}
