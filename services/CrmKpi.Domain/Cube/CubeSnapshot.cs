using System.Collections.Frozen;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Cube;

/// <summary>
/// One measure of one tenant in memory, by column, sorted by (day, dimension set, bucket), zero cells left out. Immutable.
/// </summary>
public sealed class MeasureColumn(
    Measure measure, int[] days, int[] dims, int[] buckets, long[] counts, Int128[] sums, Int128[] squares)
{
    public Measure Measure { get; } = measure;
    public ReadOnlySpan<int> Days => days;
    public ReadOnlySpan<int> Dims => dims;
    public ReadOnlySpan<int> Buckets => buckets;
    public ReadOnlySpan<long> Counts => counts;
    public ReadOnlySpan<Int128> Sums => sums;
    public ReadOnlySpan<Int128> Squares => squares;
    public int Length => days.Length;

    /// <summary>Bytes held.</summary>
    public long Bytes => 52L * days.Length;

    private ColumnTotals? _totals;
    private int[]? _byBucket;

    /// <summary>The running totals over all dimension sets: made at first use, then kept.</summary>
    public ColumnTotals Totals => _totals ??= ColumnTotals.Of(this);

    /// <summary>Indexes of the cells in the order of their buckets: made at first use, then kept.</summary>
    public ReadOnlySpan<int> ByBucket
    {
        get
        {
            if (_byBucket is { } ready)
                return ready;
            var order = new int[days.Length];
            for (var i = 0; i < order.Length; i++)
                order[i] = i;
            Array.Sort((int[])buckets.Clone(), order);
            return _byBucket = order;
        }
    }

    /// <summary>A column of cells in any order.</summary>
    public static MeasureColumn Of(Measure measure, IEnumerable<KeyValuePair<CellKey, CellValue>> cells)
    {
        var sorted = cells.OrderBy(c => c.Key.Day).ThenBy(c => c.Key.DimsId).ThenBy(c => c.Key.Bucket).ToArray();
        return new MeasureColumn(
            measure, [.. sorted.Select(c => c.Key.Day)], [.. sorted.Select(c => c.Key.DimsId)],
            [.. sorted.Select(c => c.Key.Bucket)], [.. sorted.Select(c => c.Value.Count)],
            [.. sorted.Select(c => c.Value.Sum)], [.. sorted.Select(c => c.Value.SumOfSquares)]);
    }

    /// <summary>Index of the first cell whose day is ≥ <paramref name="day"/>.</summary>
    public int FirstAtOrAfter(int day)
    {
        int low = 0, high = days.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (days[middle] < day)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}

/// <summary>
/// What the KPI formulas read: some measures of one tenant's live generation as of one sequence. Immutable; a refresh makes a
/// new one, so whatever is derived from a snapshot may be kept beside it (<see cref="Answers"/>) and dies with it.
/// </summary>
/// <param name="Tenant">The tenant: part of every cache key.</param>
/// <param name="Generation">The build of the read models; 0 = none, as for a snapshot of the past.</param>
/// <param name="Sequence">The last event reflected.</param>
/// <param name="Settings">The settings the generation was built under.</param>
/// <param name="DimensionSets">Dimension sets by id.</param>
/// <param name="Columns">The measures loaded so far.</param>
public sealed record CubeSnapshot(
    string Tenant, int Generation, long Sequence, int RulesVersion, TenantSettings Settings,
    IReadOnlyList<DimensionSet> DimensionSets, FrozenDictionary<short, MeasureColumn> Columns)
{
    /// <summary>The column of a measure; throws when it was not asked for.</summary>
    public MeasureColumn Column(Measure measure) => Columns[measure.Id];

    /// <summary>Its amounts in the tenant's currency.</summary>
    public Currencies.MoneyColumns Money => _money ?? Interlocked.CompareExchange(ref _money, new(this), null) ?? _money;

    private Currencies.MoneyColumns? _money;

    /// <summary>Answers computed from this snapshot.</summary>
    public AnswerCache Answers { get; } = new();

    /// <summary>Null = the live read model; else the point in the log up to which it was folded.</summary>
    public AsOf? AsOf { get; init; }

    /// <summary>A snapshot of contributions in memory: for tests.</summary>
    public static CubeSnapshot From(
        string tenant, TenantSettings settings, IEnumerable<Contribution> contributions, long sequence = 0, int generation = 1)
    {
        var ids = new Dictionary<DimensionSet, int>();
        var cells = new Dictionary<CellKey, CellValue>();
        foreach (var c in contributions)
        {
            if (!ids.TryGetValue(c.Dims, out var id))
                ids.Add(c.Dims, id = ids.Count);
            var key = new CellKey(c.Measure.Id, c.Day, id, c.Bucket);
            cells[key] = cells.GetValueOrDefault(key) + new CellValue(c.Count, c.Value, c.Square);
        }
        return Of(tenant, settings, ids, cells, sequence, generation);
    }

    /// <summary>A snapshot of cells in memory: for <c>as of</c>.</summary>
    internal static CubeSnapshot OfCells(
        string tenant, TenantSettings settings, IReadOnlyCollection<KeyValuePair<CubeCell, CellValue>> cells, long sequence)
    {
        var ids = new Dictionary<DimensionSet, int>();
        var keyed = new List<KeyValuePair<CellKey, CellValue>>(cells.Count);
        foreach (var (cell, value) in cells)
        {
            if (!ids.TryGetValue(cell.Dims, out var id))
                ids.Add(cell.Dims, id = ids.Count);
            keyed.Add(new(new CellKey(cell.Measure.Id, cell.Day, id, cell.Bucket), value));
        }
        return Of(tenant, settings, ids, keyed, sequence, 0);
    }

    private static CubeSnapshot Of(
        string tenant, TenantSettings settings, Dictionary<DimensionSet, int> ids,
        IEnumerable<KeyValuePair<CellKey, CellValue>> cells, long sequence, int generation)
    {
        var byMeasure = cells.Where(c => !c.Value.IsZero).ToLookup(c => c.Key.Measure);
        var columns = Measures.All.ToFrozenDictionary(m => m.Id, m => MeasureColumn.Of(m, byMeasure[m.Id]));
        var sets = ids.OrderBy(p => p.Value).Select(p => p.Key).ToArray();
        return new CubeSnapshot(tenant, generation, sequence, Measures.RulesVersion, settings, sets, columns);
    }
}
