using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>Keeps the cells in which a dimension has one of these values; null stands for blank.</summary>
public sealed record DimensionFilter(Dimensions Dimension, IReadOnlyList<string?> Values)
{
    /// <summary>Filters as a text that is equal for equal filters: give them ordered by dimension, their values sorted.</summary>
    public static string Canonical(IEnumerable<DimensionFilter> filters) => string.Join(';', filters.Select(f =>
        $"{DimensionSet.NameOf(f.Dimension)}:{string.Join(',', f.Values.Select(v => v is null ? "" : $"{v.Length}.{v}"))}"));

    /// <summary>Whether a dimension set has one of the values.</summary>
    public bool Keeps(DimensionSet set) => Values.Contains(set[Dimension]);
}

/// <summary>
/// Which group each dimension set of a snapshot belongs to: resolved once per query, so that a scan is one array look-up a cell.
/// </summary>
public sealed class GroupMap
{
    /// <summary>The group of a set that a filter leaves out.</summary>
    public const int Outside = -1;

    private readonly int[]? _groupOf;

    private GroupMap(int[]? groupOf, IReadOnlyList<string?[]> keys) => (_groupOf, Keys) = (groupOf, keys);

    /// <summary>Per group its value of each dimension grouped by.</summary>
    public IReadOnlyList<string?[]> Keys { get; }

    /// <summary>What it is grouped by.</summary>
    public IReadOnlyList<Dimensions> GroupBy { get; private init; } = [];

    /// <summary>What it keeps.</summary>
    public IReadOnlyList<DimensionFilter> Filters { get; private init; } = [];

    /// <summary>True when there is neither filter nor grouping: running totals can be used.</summary>
    public bool IsTotal => _groupOf is null;

    /// <summary>The group per dimension set id; empty when <see cref="IsTotal"/>.</summary>
    public ReadOnlySpan<int> GroupOf => _groupOf;

    /// <summary>Resolves filters and grouping over the dimension sets of a snapshot.</summary>
    public static GroupMap Of(
        IReadOnlyList<DimensionSet> sets, IReadOnlyList<Dimensions> groupBy, IReadOnlyList<DimensionFilter> filters)
    {
        if (groupBy.Count == 0 && filters.Count == 0)
            return new GroupMap(null, [[]]);
        var groupOf = new int[sets.Count];
        var keys = new List<string?[]>();
        var ids = new Dictionary<string?[], int>(KeyComparer.Instance);
        if (groupBy.Count == 0)
            keys.Add([]);
        for (var i = 0; i < groupOf.Length; i++)
        {
            var set = sets[i];
            if (!Passes(set, filters))
            {
                groupOf[i] = Outside;
                continue;
            }
            if (groupBy.Count == 0)
                continue;
            var key = new string?[groupBy.Count];
            for (var d = 0; d < key.Length; d++)
                key[d] = set[groupBy[d]];
            if (!ids.TryGetValue(key, out groupOf[i]))
            {
                ids.Add(key, groupOf[i] = keys.Count);
                keys.Add(key);
            }
        }
        return new GroupMap(groupOf, keys) { GroupBy = groupBy, Filters = filters };
    }

    private static bool Passes(DimensionSet set, IReadOnlyList<DimensionFilter> filters)
    {
        foreach (var filter in filters)
            if (!filter.Values.Contains(set[filter.Dimension]))
                return false;
        return true;
    }

    private sealed class KeyComparer : IEqualityComparer<string?[]>
    {
        public static readonly KeyComparer Instance = new();

        public bool Equals(string?[]? a, string?[]? b) => a.AsSpan().SequenceEqual(b);

        public int GetHashCode(string?[] key)
        {
            var hash = new HashCode();
            foreach (var value in key)
                hash.Add(value, StringComparer.Ordinal);
            return hash.ToHashCode();
        }
    }
}
