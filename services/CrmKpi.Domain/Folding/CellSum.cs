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
    public override int GetHashCode() => HashCode.Combine(Measure.Id, Day, Dims.GetHashCode(), Bucket);
}

/// <summary>Sums contributions by cell, as they are or taken back.</summary>
internal sealed class CellSum
{
    private readonly Dictionary<CubeCell, CellValue> _cells = [];

    /// <summary>+1 to add what is contributed, −1 to take it back.</summary>
    public int Sign { get; set; } = 1;

    /// <summary>Adds a contribution; its dimension values outside the measure's must be blank already.</summary>
    public void Add(Measure measure, int day, DimensionSet dims, int bucket = 0, int count = 1, long value = 0)
    {
        var contribution = new Contribution(measure, day, dims, bucket, count, value);
        ref var cell = ref CollectionsMarshal.GetValueRefOrAddDefault(_cells, new(measure, day, dims, bucket), out _);
        var change = new CellValue(count, value, contribution.Square);
        cell += Sign > 0 ? change : -change;
    }

    /// <summary>Adds a duration to a distribution, in its bucket.</summary>
    public void AddDuration(Measure measure, int day, DimensionSet dims, long milliseconds) =>
        Add(measure, day, dims, Histogram.BucketOf(milliseconds), 1, milliseconds);

    /// <summary>The cells that are not zero.</summary>
    public IReadOnlyDictionary<CubeCell, CellValue> End()
    {
        foreach (var (cell, value) in _cells)
            if (value.IsZero)
                _cells.Remove(cell);
        return _cells;
    }
}
