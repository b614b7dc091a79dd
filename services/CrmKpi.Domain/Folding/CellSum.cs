using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Folding;

/// <summary>The key of a cell with its dimension values still spelt out.</summary>
public readonly record struct CubeCell(Measure Measure, int Day, DimensionSet Dims, int Bucket)
{
    /// <inheritdoc/>
    public bool Equals(CubeCell other) =>
        Measure.Id == other.Measure.Id && Day == other.Day && Bucket == other.Bucket
        && (ReferenceEquals(Dims, other.Dims) || Dims.Equals(other.Dims));

    /// <inheritdoc/>
    public override int GetHashCode() =>
        ((Measure.Id * 1_000_003 + Day) * 1_000_003 + Bucket) * 1_000_003 + Dims.GetHashCode();
}

/// <summary>What entities contribute, one after the other.</summary>
internal sealed class ContributionList
{
    // What a pool keeps at most; a list is big after a big batch, and too big ones are left to the collector.
    private const int PooledMax = 8;
    private const int PooledItemsMax = 200_000;

    private static readonly ConcurrentBag<ContributionList> Pool = [];

    private readonly List<Contribution> _items = [];

    /// <summary>An empty list, used before perhaps.</summary>
    public static ContributionList Rent() => Pool.TryTake(out var list) ? list : new ContributionList();

    /// <summary>Gives a list back; it must not be used after.</summary>
    public void Return()
    {
        _items.Clear();
        if (Pool.Count < PooledMax && _items.Capacity <= PooledItemsMax)
            Pool.Add(this);
    }

    public int Count => _items.Count;

    /// <summary>The contributions from one place on.</summary>
    public ReadOnlySpan<Contribution> From(int start) => CollectionsMarshal.AsSpan(_items)[start..];

    /// <summary>Some of the contributions.</summary>
    public ReadOnlySpan<Contribution> Slice(int start, int count) => CollectionsMarshal.AsSpan(_items).Slice(start, count);

    public void Clear() => _items.Clear();

    /// <summary>Adds a contribution; its dimension values outside the measure's must be blank already.</summary>
    public void Add(Measure measure, int day, DimensionSet dims, int bucket = 0, int count = 1, long value = 0) =>
        _items.Add(new Contribution(measure, day, dims, bucket, count, value));

    /// <summary>Adds an amount, under its currency when that is not the tenant's.</summary>
    public void AddMoney(
        FoldContext context, Measure measure, int day, DimensionSet dims, Money? amount, int count = 1, int bucket = 0) =>
        Add(measure, day, context.ForeignCurrency(amount) is { } foreign ? dims.With(Dimensions.Currency, foreign) : dims,
            bucket, count, (amount?.Micros ?? 0) * Math.Sign(count));

    /// <summary>Adds a duration to a distribution, in its bucket.</summary>
    public void AddDuration(Measure measure, int day, DimensionSet dims, long milliseconds) =>
        Add(measure, day, dims, Histogram.BucketOf(milliseconds), 1, milliseconds);
}

/// <summary>Sums contributions by cell.</summary>
internal sealed class CellSum
{
    private const int PooledMax = 8;
    private const int PooledCellsMax = 200_000;

    private static readonly ConcurrentBag<CellSum> Pool = [];

    private readonly Dictionary<CubeCell, CellValue> _cells = [];

    /// <summary>An empty sum, used before perhaps.</summary>
    public static CellSum Rent() => Pool.TryTake(out var sum) ? sum : new CellSum();

    /// <summary>
    /// Adds new − old. The two mostly begin and end alike, since an event changes one place in an entity's history: what is
    /// equal at both ends cancels and is not even looked up.
    /// </summary>
    public void AddDifference(ReadOnlySpan<Contribution> old, ReadOnlySpan<Contribution> now)
    {
        var start = 0;
        while (start < old.Length && start < now.Length && AreSame(old[start], now[start]))
            start++;
        var (oldEnd, nowEnd) = (old.Length, now.Length);
        while (oldEnd > start && nowEnd > start && AreSame(old[oldEnd - 1], now[nowEnd - 1]))
            (oldEnd, nowEnd) = (oldEnd - 1, nowEnd - 1);
        foreach (ref readonly var contribution in old[start..oldEnd])
            Add(contribution, -1);
        foreach (ref readonly var contribution in now[start..nowEnd])
            Add(contribution, 1);
    }

    /// <summary>The cells that are not zero; gives the sum back, which must not be used after.</summary>
    public KeyValuePair<CubeCell, CellValue>[] End()
    {
        var count = 0;
        foreach (var (_, value) in _cells)
            count += value.IsZero ? 0 : 1;
        var cells = new KeyValuePair<CubeCell, CellValue>[count];
        foreach (var (cell, value) in _cells)
            if (!value.IsZero)
                cells[--count] = new(cell, value);
        _cells.Clear();
        if (Pool.Count < PooledMax && _cells.Capacity <= PooledCellsMax)
            Pool.Add(this);
        return cells;
    }

    private void Add(in Contribution c, int sign)
    {
        ref var cell = ref CollectionsMarshal.GetValueRefOrAddDefault(_cells, new(c.Measure, c.Day, c.Dims, c.Bucket), out _);
        var change = new CellValue(c.Count, c.Value, c.Square);
        cell += sign > 0 ? change : -change;
    }

    private static bool AreSame(in Contribution a, in Contribution b) =>
        ReferenceEquals(a.Measure, b.Measure) && a.Day == b.Day && a.Bucket == b.Bucket && a.Count == b.Count
        && a.Value == b.Value && (ReferenceEquals(a.Dims, b.Dims) || a.Dims.Equals(b.Dims));
}
