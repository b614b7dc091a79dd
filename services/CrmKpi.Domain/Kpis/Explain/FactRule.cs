using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Kpis.Explain;

/// <summary>
/// Which contributions a reading reads and what each adds: the same as what the evaluation does with cells, since a cell is the
/// sum of its contributions.
/// </summary>
internal sealed class FactRule
{
    private readonly Reading _reading;
    private readonly CubeSnapshot _snapshot;
    private readonly Period _period;
    private readonly IReadOnlyList<DimensionFilter> _filters;
    private readonly int[] _workingDaysLeft = [];

    public FactRule(Reading reading, CubeSnapshot snapshot, Period period, IReadOnlyList<DimensionFilter> filters)
    {
        (_reading, _snapshot, _period, _filters) = (reading, snapshot, period, filters);
        if (reading is not WorkingExposure)
            return;
        _workingDaysLeft = new int[period.Days + 1];
        for (var d = period.Days - 1; d >= 0; d--)
            _workingDaysLeft[d] = _workingDaysLeft[d + 1] + (snapshot.Settings.IsWorkingDay(period.From + d) ? 1 : 0);
    }

    /// <summary>
    /// True when begin and end of what lasts are contributions of their own: those of an entity are then added up, and
    /// what is over is left out.
    /// </summary>
    public bool Merges => _reading is Level or Exposure or WorkingExposure or Pairs;

    /// <summary>Whether the reading reads a contribution to a measure.</summary>
    public bool Reads(Measure measure, int day, DimensionSet dims, int bucket) =>
        _reading.Read.Contains(measure) && InTime(day, bucket) && Holds(dims, day) && _filters.All(f => f.Keeps(dims));

    /// <summary>What a contribution adds, in the raw unit of the reading and the contribution's own currency.</summary>
    public Int128 AddsOf(in Contribution c) => _reading switch
    {
        Flow f => PartOf(c, f.Part),
        Level l => PartOf(c, l.Part),
        CumulatedTo t => PartOf(c, t.Part),
        Exposure => (Int128)c.Count * (_period.To - Math.Max(c.Day, _period.From)),
        WorkingExposure => (Int128)c.Count * _workingDaysLeft[Math.Max(c.Day - _period.From, 0)],
        Quantile => c.Value,
        _ => c.Count,
    };

    /// <summary>True when what is added is an amount, which other currencies are converted for.</summary>
    public bool IsMoney => _reading switch
    {
        Flow f => IsAmount(f.Measure, f.Part),
        Level l => IsAmount(l.Measure, l.Part),
        CumulatedTo t => IsAmount(t.Measure, t.Part),
        _ => false,
    };

    /// <summary>The day whose rate converts what a contribution of a day adds.</summary>
    public int RateDay(int day) => _reading is Level { Measure.Kind: MeasureKind.Stock } level ? Border(level) - 1 : day;

    private bool InTime(int day, int bucket) => _reading switch
    {
        Flow f => InPeriod(day) && bucket >= f.Buckets.From && bucket <= f.Buckets.To,
        Level l => day < Border(l),
        CumulatedTo or Exposure or WorkingExposure => day < _period.To,
        Pairs { How: PairReading.Both } => bucket < _period.From && day < _period.To,
        Pairs => bucket < _period.From && InPeriod(day),
        Quantile or DistinctValues => InPeriod(day),
        _ => false,
    };

    private bool Holds(DimensionSet dims, int day)
    {
        if (_reading is DistinctValues distinct)
            return dims[distinct.Dimension] is not null;
        if (_reading is not Flow flow)
            return true;
        if (flow.Only?.Holds(dims) == false)
            return false;
        if (flow.Categories != ValueSet.All
            && (dims[Dimensions.Category] is not { } category || !_snapshot.Settings.CacCategories.Contains(category)))
            return false;
        return !flow.PricedOnly || dims[Dimensions.Currency] is not { } currency
            || _snapshot.Money.Rates.On(currency, day) is not null;
    }

    private bool InPeriod(int day) => day >= _period.From && day < _period.To;

    private int Border(Level level) => level.Edge == Edge.Start ? _period.From : _period.To;

    private static bool IsAmount(Measure measure, CellPart part) =>
        measure.Unit == MeasureUnit.MoneyMicros && part == CellPart.Sum;

    private static Int128 PartOf(in Contribution c, CellPart part) => part switch
    {
        CellPart.Count => c.Count,
        CellPart.Sum => c.Value,
        _ => c.Square,
    };
}
