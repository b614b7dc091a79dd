using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;

namespace CrmKpi.Domain.Tests.Customers;

/// <summary>The reading rules of <see cref="MeasureKind"/>, word for word, over the cells of a model.</summary>
internal sealed class CubeReading(Dictionary<CubeCell, CellValue> cells)
{
    private readonly ILookup<Measure, KeyValuePair<CubeCell, CellValue>> _cells = cells.ToLookup(c => c.Key.Measure);

    public long Flow(Measure measure, int from, int to) =>
        _cells[measure].Where(c => c.Key.Day >= from && c.Key.Day < to).Sum(c => c.Value.Count);

    public Int128 FlowSum(Measure measure, int from, int to) => _cells[measure]
        .Where(c => c.Key.Day >= from && c.Key.Day < to).Aggregate((Int128)0, (sum, c) => sum + c.Value.Sum);

    public long Level(Measure measure, int at) => _cells[measure].Where(c => c.Key.Day < at).Sum(c => c.Value.Count);

    public long Both(Measure measure, int from, int to) =>
        _cells[measure].Where(c => c.Key.Bucket < from && c.Key.Day < to).Sum(c => c.Value.Count);

    public long Within(Measure measure, int from, int to) => _cells[measure]
        .Where(c => c.Key.Bucket < from && c.Key.Day >= from && c.Key.Day < to).Sum(c => c.Value.Count);
}
