using CrmKpi.Domain.Cube;

namespace CrmKpi.ReadModels.Store;

/// <summary>
/// The ids of a tenant's dimension sets as its lane knows them: those of the table, and the ones that the running
/// transaction adds. Not thread-safe; a lane that fails drops it, so that an id that was rolled back is never used.
/// </summary>
public sealed class DimensionDictionary
{
    /// <summary>Roughly what a set costs in memory, for budgets.</summary>
    private const int SetBytes = 200;

    private readonly Dictionary<DimensionSet, int> _ids = [];
    private readonly List<DimensionSet> _pending = [];
    private int _stored;

    /// <summary>Ids are 0 … Count − 1.</summary>
    public int Count => _stored + _pending.Count;

    /// <summary>Roughly the bytes held.</summary>
    public long ApproximateBytes => (long)Count * SetBytes;

    /// <summary>The sets that the table does not have yet; the first has the id <see cref="Count"/> − their number.</summary>
    internal IReadOnlyList<DimensionSet> Pending => _pending;

    /// <summary>Takes over a row of the table.</summary>
    internal void Add(int id, DimensionSet set)
    {
        if (id != _stored || _pending.Count > 0)
            throw new InvalidOperationException($"Dimension set {id} came where {_stored} was due: the dictionary has a gap.");
        // Equal sets under two ids are a corruption that verification reports; the first id goes on.
        _ids.TryAdd(set, id);
        _stored++;
    }

    /// <summary>The id of a set, a new one if need be.</summary>
    internal int IdOf(DimensionSet set)
    {
        if (_ids.TryGetValue(set, out var id))
            return id;
        id = Count;
        _ids.Add(set, id);
        _pending.Add(set);
        return id;
    }

    /// <summary>The transaction that stored the pending sets has committed.</summary>
    internal void Committed()
    {
        _stored += _pending.Count;
        _pending.Clear();
    }
}
