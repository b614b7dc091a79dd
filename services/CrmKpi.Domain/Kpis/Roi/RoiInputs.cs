using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;
using static CrmKpi.Domain.Kpis.Formula;

namespace CrmKpi.Domain.Kpis.Roi;

/// <summary>Where the value of an input comes from.</summary>
public enum InputOrigin { Baseline, Period, Given, Assumed, Missing }

/// <summary>A number that a derived benefit rests on.</summary>
/// <param name="Unit">A code of <see cref="KpiUnit"/>, or <c>hours</c>.</param>
/// <param name="Value">Shares in percent; null when it is neither in the data nor given.</param>
public sealed record RoiInput(string Name, string Unit, decimal? Value, InputOrigin Origin);

/// <summary>Reads the inputs of derived benefits from the baseline and the period, unless they are given.</summary>
public sealed class RoiInputs
{
    private const string Hours = "hours";
    private const decimal CountMax = 1_000_000_000;
    private const decimal PercentMax = 1_000;
    private const decimal MinutesPerHour = 60;
    private const decimal Hundred = 100;

    // What winning customers costs beside the CRM, whose own costs stand on the other side of the return already.
    private static readonly Formula Acquisition =
        Known(Sum(Cube.Measures.Cost, Dimensions.Category, "marketing", "sales_salary")) / Count(Cube.Measures.CustomersNew);

    private static readonly Formula Administration =
        Known(Sum(Cube.Measures.TimeLogged, Dimensions.Category, "administrative"));

    // Deals won ÷ leads created, so that leads × conversion × average deal is the revenue of a period.
    private static readonly Formula Conversion = FormulaOf("lead_to_deal_conversion");

    private static readonly Formula AverageDeal = FormulaOf("average_deal_size");
    private static readonly Formula Churn = FormulaOf("churn_rate");

    private static readonly (string Name, KpiUnit Unit, Formula Formula, InputOrigin Origin)[] Read =
    [
        ("conversionBaseline", KpiUnit.Percent, Conversion, InputOrigin.Baseline),
        ("conversion", KpiUnit.Percent, Conversion, InputOrigin.Period),
        ("leads", KpiUnit.Count, Count(Cube.Measures.LeadsCreated), InputOrigin.Period),
        ("averageDealBaseline", KpiUnit.Money, AverageDeal, InputOrigin.Baseline),
        ("averageDeal", KpiUnit.Money, AverageDeal, InputOrigin.Period),
        ("deals", KpiUnit.Count, Count(Cube.Measures.DealsWon), InputOrigin.Period),
        ("cacBaseline", KpiUnit.Money, Acquisition, InputOrigin.Baseline),
        ("cac", KpiUnit.Money, Acquisition, InputOrigin.Period),
        ("newCustomers", KpiUnit.Count, Count(Cube.Measures.CustomersNew), InputOrigin.Period),
        ("churnBaseline", KpiUnit.Percent, Churn, InputOrigin.Baseline),
        ("churn", KpiUnit.Percent, Churn, InputOrigin.Period),
        ("customers", KpiUnit.Count, At(Edge.Start, Cube.Measures.CustomersActive), InputOrigin.Period),
        ("ltv", KpiUnit.Money, FormulaOf("ltv"), InputOrigin.Period),
    ];

    private readonly RoiQuery _query;
    private readonly CubeReader _period;
    private readonly CubeReader? _baseline;

    internal RoiInputs(CubeSnapshot snapshot, RoiQuery query, CancellationToken ct)
    {
        var total = GroupMap.Of(snapshot.DimensionSets, [], []);
        _query = query;
        _period = new CubeReader(snapshot, total, [query.Period], ct);
        _baseline = query.Baseline is { } baseline ? new CubeReader(snapshot, total, [baseline], ct) : null;
    }

    /// <summary>All inputs.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Read.Select(r => r.Name), "marginShare", "hoursSaved", "hourlyCost"];

    /// <summary>The least and the greatest value of an input that may be given; then no product of them is too great.</summary>
    public static (decimal Min, decimal Max) RangeOf(string name) => name switch
    {
        "marginShare" => (0, Hundred),
        "hoursSaved" => (-CountMax, CountMax),
        "hourlyCost" => (0, Money.UnitsMax),
        _ => UnitOf(name) switch
        {
            KpiUnit.Percent => (0, PercentMax),
            KpiUnit.Count => (0, CountMax),
            _ => (0, Money.UnitsMax),
        },
    };

    /// <summary>What is read for them.</summary>
    internal static IEnumerable<Measure> Measures =>
        Read.Select(r => r.Formula).Append(Administration).SelectMany(f => f.Measures);

    /// <summary>One input.</summary>
    internal RoiInput this[string name]
    {
        get
        {
            var row = Array.Find(Read, r => r.Name == name);
            var unit = name switch
            {
                "marginShare" => KpiUnit.Percent.Code(),
                "hoursSaved" => Hours,
                "hourlyCost" => KpiUnit.Money.Code(),
                _ => UnitOf(name).Code(),
            };
            if (_query.Given.TryGetValue(name, out var given))
                return new RoiInput(name, unit, given, InputOrigin.Given);
            if (name == "marginShare")
                return new RoiInput(name, unit, Hundred, InputOrigin.Assumed);
            var (value, origin) = name switch
            {
                "hourlyCost" => (null, InputOrigin.Missing),
                "hoursSaved" => (HoursSaved(), InputOrigin.Baseline),
                "churnBaseline" => (ChurnBaseline(row.Formula), row.Origin),
                _ => (ValueOf(row.Origin == InputOrigin.Baseline ? _baseline : _period, row.Formula, row.Unit), row.Origin),
            };
            return new RoiInput(name, unit, value, value is null ? InputOrigin.Missing : origin);
        }
    }

    // Administrative hours a day before, less those now, over the days of the period.
    private decimal? HoursSaved() =>
        (PerDay(_baseline, _query.Baseline) - PerDay(_period, _query.Period)) * _query.Period.Days;

    private static decimal? PerDay(CubeReader? reader, Period? period) =>
        ValueOf(reader, Administration, KpiUnit.Minutes) / MinutesPerHour / period?.Days;

    // Of customers that stay with the share 1 − c over b days, (1 − c)^(p ÷ b) stay over p days.
    private decimal? ChurnBaseline(Formula formula)
    {
        if (ValueOf(_baseline, formula, KpiUnit.Percent) is not { } churn || _query.Baseline is not { } baseline)
            return null;
        if (baseline.Days == _query.Period.Days)
            return churn;
        var stay = Math.Pow((double)(1 - churn / Hundred), (double)_query.Period.Days / baseline.Days);
        return decimal.Round((1 - (decimal)stay) * Hundred, 10);
    }

    private static decimal? ValueOf(CubeReader? reader, Formula formula, KpiUnit unit) =>
        reader?.Bind(formula, unit)(0) * unit.Scale();

    private static KpiUnit UnitOf(string name) => Array.Find(Read, r => r.Name == name).Unit;

    private static Formula FormulaOf(string kpi) => Catalogue.Resolve(kpi)!.Formula;
}
