using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Folding;

/// <summary>
/// Folds a tenant's log from its first event on into a snapshot, all of it in memory: for <c>as of</c>. The settings are those
/// of the whole part folded, since they hold for all of the past. Pure.
/// </summary>
public sealed class WholeFold(TenantSettings settings)
{
    private readonly FoldBatch _batch = new(settings);

    /// <summary>Takes in the next events; their data is not needed after.</summary>
    public void Add(ReadOnlySpan<LogEvent> events)
    {
        _batch.Add(events);
        while (_batch.Missing is { Count: > 0 } keys)
            foreach (var key in keys)
                _batch.Load(key, null);
    }

    /// <summary>The entities of which something is known; once the fold has ended.</summary>
    public IReadOnlyList<EntityState> Entities { get; private set; } = [];

    /// <summary>Ends the fold: the cube as it was when the last event was <paramref name="sequence"/>.</summary>
    public CubeSnapshot Complete(string tenant, long sequence, CancellationToken ct = default)
    {
        var changes = _batch.Complete(ct);
        Entities = changes.Entities;
        return CubeSnapshot.OfCells(tenant, settings, changes.Cells, sequence);
    }
}
