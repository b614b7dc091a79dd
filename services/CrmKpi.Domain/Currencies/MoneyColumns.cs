using System.Collections.Concurrent;
using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Currencies;

/// <summary>An amount for which no rate is known.</summary>
/// <param name="Day">Its day.</param>
/// <param name="Dims">Number of its dimension set.</param>
/// <param name="Value">What the cell holds, in <paramref name="Currency"/>.</param>
public sealed record UnpricedCell(int Day, int Dims, string Currency, CellValue Value);

/// <summary>
/// The money columns of a snapshot with every flow in the tenant's currency, at the rate of the day on which it happened.
/// The cube keeps amounts in their own currency, so that a rate that comes late, or is corrected, needs no rebuild. Made
/// at first use, then kept as long as the snapshot.
/// </summary>
public sealed class MoneyColumns(CubeSnapshot snapshot)
{
    private readonly ConcurrentDictionary<short, (MeasureColumn Column, IReadOnlyList<UnpricedCell> Unpriced)> _flows = [];
    private Rates? _rates;

    /// <summary>The rates that the snapshot knows.</summary>
    public Rates Rates => _rates ??= new Rates(snapshot);

    /// <summary>Whether a column has amounts in other currencies than the tenant's.</summary>
    public bool HasForeign(Measure measure)
    {
        var foreign = ForeignSets;
        foreach (var dims in snapshot.Column(measure).Dims)
            if (foreign[dims] is not null)
                return true;
        return false;
    }

    /// <summary>The currency of each dimension set; null = the tenant's.</summary>
    public string?[] ForeignSets => _foreignSets ??= [.. snapshot.DimensionSets.Select(set => set[Dimensions.Currency])];

    private string?[]? _foreignSets;

    /// <summary>A flow in the tenant's currency; cells without a rate are left out, their count too.</summary>
    public MeasureColumn Flow(Measure measure) => Priced(measure).Column;

    /// <summary>The cells of a flow for which there is no rate.</summary>
    public IReadOnlyList<UnpricedCell> Unpriced(Measure measure) => Priced(measure).Unpriced;

    private (MeasureColumn Column, IReadOnlyList<UnpricedCell> Unpriced) Priced(Measure measure) =>
        _flows.GetOrAdd(measure.Id, _ => HasForeign(measure) ? Convert(snapshot.Column(measure)) : (snapshot.Column(measure), []));

    private (MeasureColumn, IReadOnlyList<UnpricedCell>) Convert(MeasureColumn column)
    {
        var cells = new List<KeyValuePair<CellKey, CellValue>>(column.Length);
        var unpriced = new List<UnpricedCell>();
        for (var i = 0; i < column.Length; i++)
        {
            var value = new CellValue(column.Counts[i], column.Sums[i], column.Squares[i]);
            var key = new CellKey(column.Measure.Id, column.Days[i], column.Dims[i], column.Buckets[i]);
            if (ForeignSets[key.DimsId] is not { } currency)
                cells.Add(new(key, value));
            else if (Rates.Convert(value.Sum, currency, key.Day) is not { } sum)
                unpriced.Add(new(key.Day, key.DimsId, currency, value));
            else
                cells.Add(new(key, new(value.Count, sum, Square(value.SumOfSquares, currency, key.Day))));
        }
        return (MeasureColumn.Of(column.Measure, cells), unpriced);
    }

    // Squares only enter intervals: a double is exact enough.
    private Int128 Square(Int128 squares, string currency, int day)
    {
        var rate = (double)Rates.On(currency, day)!.Value;
        return (Int128)Math.Round((double)squares * rate * rate);
    }
}
