using CrmKpi.Domain.Cube;

namespace CrmKpi.ReadModels.Memory;

/// <summary>Collects sorted cells into a column.</summary>
internal sealed class ColumnBuilder(int capacity)
{
    private int[] _days = new int[capacity];
    private int[] _dims = new int[capacity];
    private int[] _buckets = new int[capacity];
    private long[] _counts = new long[capacity];
    private Int128[] _sums = new Int128[capacity];
    private Int128[] _squares = new Int128[capacity];
    private int _length;

    /// <summary>Adds a cell; a zero cell is left out.</summary>
    public void Add(int day, int dims, int bucket, in CellValue value)
    {
        if (value.IsZero)
            return;
        if (_length == _days.Length)
            Resize(Math.Max(16, _length * 2));
        _days[_length] = day;
        _dims[_length] = dims;
        _buckets[_length] = bucket;
        _counts[_length] = value.Count;
        _sums[_length] = value.Sum;
        _squares[_length] = value.SumOfSquares;
        _length++;
    }

    /// <summary>Adds cells <paramref name="from"/> … <paramref name="to"/> − 1 of a column.</summary>
    public void AddRange(MeasureColumn column, int from, int to)
    {
        var count = to - from;
        if (_length + count > _days.Length)
            Resize(Math.Max(_length + count, _length * 2));
        column.Days[from..to].CopyTo(_days.AsSpan(_length));
        column.Dims[from..to].CopyTo(_dims.AsSpan(_length));
        column.Buckets[from..to].CopyTo(_buckets.AsSpan(_length));
        column.Counts[from..to].CopyTo(_counts.AsSpan(_length));
        column.Sums[from..to].CopyTo(_sums.AsSpan(_length));
        column.Squares[from..to].CopyTo(_squares.AsSpan(_length));
        _length += count;
    }

    public MeasureColumn Build(Measure measure)
    {
        if (_length != _days.Length)
            Resize(_length);
        return new MeasureColumn(measure, _days, _dims, _buckets, _counts, _sums, _squares);
    }

    private void Resize(int length)
    {
        Array.Resize(ref _days, length);
        Array.Resize(ref _dims, length);
        Array.Resize(ref _buckets, length);
        Array.Resize(ref _counts, length);
        Array.Resize(ref _sums, length);
        Array.Resize(ref _squares, length);
    }
}
