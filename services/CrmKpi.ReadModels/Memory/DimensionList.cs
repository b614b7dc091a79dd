using System.Collections;
using CrmKpi.Domain.Cube;

namespace CrmKpi.ReadModels.Memory;

/// <summary>
/// Dimension sets by id. Immutable to whoever holds it; <see cref="Append"/> shares the array, whose slots beyond a list's
/// own length nobody reads. One writer per tenant (the loader) appends, and only to the longest list.
/// </summary>
internal sealed class DimensionList : IReadOnlyList<DimensionSet>
{
    /// <summary>Roughly what a set costs in memory.</summary>
    private const int SetBytes = 200;

    public static readonly DimensionList Empty = new([], 0);

    private readonly DimensionSet[] _sets;

    private DimensionList(DimensionSet[] sets, int count)
    {
        _sets = sets;
        Count = count;
    }

    public int Count { get; }

    public long Bytes => (long)Count * SetBytes;

    public DimensionSet this[int index] =>
        (uint)index < (uint)Count ? _sets[index] : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>The same sets in an array of its own, for who appends beside the loader.</summary>
    public DimensionList Copy() => new(_sets[..Count], Count);

    public DimensionList Append(IReadOnlyList<DimensionSet> more)
    {
        if (more.Count == 0)
            return this;
        var sets = _sets;
        if (Count + more.Count > sets.Length)
            Array.Resize(ref sets, Math.Max(Count + more.Count, sets.Length * 2));
        for (var i = 0; i < more.Count; i++)
            sets[Count + i] = more[i];
        return new DimensionList(sets, Count + more.Count);
    }

    public IEnumerator<DimensionSet> GetEnumerator() => _sets.Take(Count).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
