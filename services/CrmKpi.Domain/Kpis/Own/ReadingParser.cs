using System.Globalization;
using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Kpis.Own;

/// <summary>
/// Reads what a formula takes from the cube: a measure's name, or a function of it. Each function says which kinds of
/// measures
/// it can read.
/// </summary>
internal sealed class ReadingParser(Tokens tokens)
{
    private const double QuantileMin = 0.001;
    private const double QuantileMax = 0.999;
    private const int BucketDigitsMax = 6;

    private const string PeriodDays = "period_days";
    private const string PaybackMonths = "payback_months";
    private const int ValuesMax = 50;

    private static readonly MeasureKind[] Happening = [MeasureKind.Flow, MeasureKind.Distribution];

    /// <summary>The names of the functions.</summary>
    public static IReadOnlyList<string> Functions { get; } =
    [
        "count", "sum", "mean", "priced", "start", "end", "median", "p90", "quantile", "both", "within", "cumulated",
        "exposure_days", "working_days", "distinct", "known", "remaining_target", "max", "min",
        "kpi",
    ];

    // A measure of day pairs is made for one way of reading: the one that the catalogue uses.
    private static readonly Dictionary<Measure, PairReading> Pairings = ReadByCatalogue<Pairs>()
        .DistinctBy(p => p.Measure).ToDictionary(p => p.Measure, p => p.How);

    // A target is that of a sum: those that the catalogue uses.
    private static readonly Dictionary<string, RemainingTarget> Remainders = ReadByCatalogue<RemainingTarget>()
        .DistinctBy(r => r.Kpi).ToDictionary(r => r.Kpi, StringComparer.Ordinal);

    public Formula Read()
    {
        var name = tokens.Take();
        if (name.Text == PeriodDays)
            return new PeriodDays();
        if (name.Text == PaybackMonths)
            return new Payback();
        if (!tokens.Current.Is("("))
            return Functions.Contains(name.Text) && Measures.Find(name.Text) is null
                ? throw tokens.Unexpected($"'(' after the function '{name.Text}'")
                : Restricted(new Flow(Find(name, "count", Happening), CellPart.Count));
        tokens.Take();
        Formula reading = name.Text switch
        {
            "count" => Flow(CellPart.Count, "count"),
            "sum" => Flow(CellPart.Sum, "sum"),
            "mean" => Mean(),
            "priced" => Flow(CellPart.Count, "priced") with { PricedOnly = true },
            "start" or "end" => Level(name.Text),
            "cumulated" => Cumulated(),
            "exposure_days" => new Exposure(Find(Word(), "exposure_days", MeasureKind.Flow)),
            "working_days" => new WorkingExposure(Find(Word(), "working_days", MeasureKind.Stock)),
            "median" => new Quantile(Find(Word(), "median", MeasureKind.Distribution), 0.5),
            "p90" => new Quantile(Find(Word(), "p90", MeasureKind.Distribution), 0.9),
            "quantile" => Quantile(),
            "both" => Pairs(PairReading.Both),
            "within" => Pairs(PairReading.Within),
            "distinct" => Distinct(),
            "known" => Known(),
            "remaining_target" => Remaining(),
            "kpi" => Reference(),
            _ => throw new FormulaException(
                FormulaProblems.UnknownFunction,
                $"There is no function '{name.Text}'.{Suggestion.For(name.Text, Functions)} Known: {string.Join(", ", Functions)}.",
                name.Offset),
        };
        tokens.Expect(")", $"what '{name.Text}' takes");
        return reading is Flow flow ? Restricted(flow) : reading;
    }

    private Flow Flow(CellPart part, string function)
    {
        var measure = Word();
        var flow = new Flow(Find(measure, function, Happening), part);
        if (part == CellPart.Sum)
            RequireSum(flow.Measure, measure.Offset);
        if (function == "priced" && !IsMoney(flow.Measure))
            throw new FormulaException(
                FormulaProblems.WrongKind, $"'{flow.Measure.Name}' is no amount of money: write {flow.Measure.Name}.",
                measure.Offset);
        return Restricted(flow);
    }

    /// <summary>A measure, or <c>sum(measure)</c>.</summary>
    private (Measure Measure, CellPart Part) Part(string function, params MeasureKind[] kinds)
    {
        var word = Word();
        if (word.Text is not ("sum" or "count") || !tokens.Skip("("))
            return (Find(word, function, kinds), CellPart.Count);
        var inner = Word();
        var measure = Find(inner, function, kinds);
        tokens.Expect(")", $"the measure '{measure.Name}'");
        if (word.Text == "count")
            return (measure, CellPart.Count);
        RequireSum(measure, inner.Offset);
        return (measure, CellPart.Sum);
    }

    private Operation Mean()
    {
        var sum = Flow(CellPart.Sum, "mean");
        return new Operation(Operator.Over, sum, sum with { Part = CellPart.Count, PricedOnly = IsMoney(sum.Measure) });
    }

    private CumulatedTo Cumulated()
    {
        var (measure, part) = Part("cumulated", Happening);
        return new CumulatedTo(measure, part);
    }

    private Level Level(string edge)
    {
        var (measure, part) = Part(edge, MeasureKind.Stock);
        return new Level(measure, edge == "start" ? Edge.Start : Edge.End, part);
    }

    private Quantile Quantile()
    {
        var measure = Find(Word(), "quantile", MeasureKind.Distribution);
        tokens.Expect(",", "the measure, before the share of the values below it");
        var number = tokens.Take();
        if (number.Kind == TokenKind.Number
            && double.TryParse(number.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var q)
            && q is >= QuantileMin and <= QuantileMax)
            return new Quantile(measure, q);
        throw new FormulaException(
            FormulaProblems.NumberOutOfRange,
            string.Create(
                CultureInfo.InvariantCulture, $"A quantile is a number from {QuantileMin} to {QuantileMax}, such as 0.75."),
            number.Offset);
    }

    private Pairs Pairs(PairReading how)
    {
        var function = how == PairReading.Both ? "both" : "within";
        var word = Word();
        var measure = Find(word, function, MeasureKind.DayPairs);
        if (Pairings.TryGetValue(measure, out var made) && made != how)
            throw WrongKind(measure, function, word.Offset);
        return new Pairs(measure, how);
    }

    private DistinctValues Distinct()
    {
        var name = Word();
        var dimension = DimensionOf(name);
        tokens.Expect("in", $"the dimension '{name.Text}'");
        var measures = new List<Measure>();
        do
        {
            var word = Word();
            var measure = Find(word, "distinct", Happening);
            RequireDimension(measure, dimension, word.Offset);
            measures.Add(measure);
        }
        while (tokens.Skip(","));
        return new DistinctValues(dimension, measures);
    }

    private Flow Known()
    {
        var offset = tokens.Current.Offset;
        return Read() is Flow flow ? flow with { NullWithoutCells = true } : throw new FormulaException(
            FormulaProblems.WrongKind, "'known' takes something that is counted or summed up, such as sum(forecast).", offset);
    }

    private RemainingTarget Remaining()
    {
        var kpi = Word();
        return Remainders.GetValueOrDefault(kpi.Text) ?? throw new FormulaException(
            FormulaProblems.UnknownKpi, $"'remaining_target' is known of {string.Join(", ", Remainders.Keys)}.", kpi.Offset);
    }

    private Reference Reference()
    {
        var id = Word().Text;
        while (tokens.Skip("."))
            id += "." + Word().Text;
        return new Reference(id);
    }

    /// <summary>
    /// The reading with what stands in brackets behind it: buckets <c>[1..30]</c>, <c>[..30]</c>, <c>[9..]</c>, and
    /// values of a
    /// dimension <c>[category = license, training]</c> or those of a setting <c>[category in cacCategories]</c>.
    /// </summary>
    private Flow Restricted(Flow flow)
    {
        while (tokens.Current.Is("["))
        {
            var open = tokens.Take();
            var restricted = tokens.Current.Kind == TokenKind.Word ? ToValues(flow) : ToBuckets(flow, open.Offset);
            if (restricted is null)
                throw new FormulaException(
                    FormulaProblems.WrongKind, $"'{flow.Measure.Name}' is restricted twice in the same way.",
                    open.Offset);
            tokens.Expect("]", "the restriction");
            flow = restricted;
        }
        return flow;
    }

    private Flow? ToValues(Flow flow)
    {
        var name = Word();
        var dimension = DimensionOf(name);
        RequireDimension(flow.Measure, dimension, name.Offset);
        if (dimension == Dimensions.Category && tokens.Skip("in"))
        {
            tokens.Expect("cacCategories", "'category in'");
            return flow.Categories == ValueSet.All ? flow with { Categories = ValueSet.CacCategories } : null;
        }
        tokens.Expect("=", $"the dimension '{name.Text}'");
        var values = new List<string>();
        do
        {
            if (tokens.Current.Kind is not (TokenKind.Word or TokenKind.Text))
                throw tokens.Unexpected("A value (in \"quotes\" unless it is one plain word)");
            if (values.Count == ValuesMax)
                throw new FormulaException(
                    FormulaProblems.TooLong, $"A restriction has at most {ValuesMax} values.", tokens.Current.Offset);
            values.Add(tokens.Take().Text);
        }
        while (tokens.Skip(","));
        return flow.Only is null ? flow with { Only = new Restriction(dimension, [.. values]) } : null;
    }

    private Flow? ToBuckets(Flow flow, int offset)
    {
        if (flow.Measure.Kind != MeasureKind.Flow)
            throw new FormulaException(
                FormulaProblems.WrongKind, $"'{flow.Measure.Name}' has no buckets to choose from.", offset);
        var from = Bucket() ?? int.MinValue;
        var range = tokens.Expect("..", "the first bucket");
        var to = Bucket() ?? int.MaxValue;
        if (from > to || (from == int.MinValue && to == int.MaxValue))
            throw new FormulaException(
                FormulaProblems.Syntax, "A range needs a first or a last bucket, the first not behind the last.",
                range.Offset);
        return flow.Buckets == BucketRange.All ? flow with { Buckets = new BucketRange(from, to) } : null;
    }

    private int? Bucket()
    {
        if (tokens.Current.Kind != TokenKind.Number)
            return null;
        var number = tokens.Take();
        return number.Text.Length <= BucketDigitsMax
            && int.TryParse(number.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var bucket)
            ? bucket
            : throw new FormulaException(
                FormulaProblems.NumberOutOfRange, $"A bucket is a whole number of at most {BucketDigitsMax} digits.",
                number.Offset);
    }

    private Token Word() => tokens.Current.Kind == TokenKind.Word ? tokens.Take() : throw tokens.Unexpected("A name");

    private static Dimensions DimensionOf(Token name) => DimensionSet.Parse(name.Text) ?? throw new FormulaException(
        FormulaProblems.UnknownDimension,
        $"There is no dimension '{name.Text}'.{Suggestion.For(name.Text, DimensionSet.Names)} "
        + $"Known: {string.Join(", ", DimensionSet.Names)}.", name.Offset);

    private static void RequireDimension(Measure measure, Dimensions dimension, int offset)
    {
        if ((measure.Dimensions & dimension) == 0)
            throw new FormulaException(
                FormulaProblems.UnknownDimension,
                $"The measure '{measure.Name}' has no dimension '{DimensionSet.NameOf(dimension)}'.", offset);
    }

    private static IEnumerable<TReading> ReadByCatalogue<TReading>() =>
        Catalogue.All.SelectMany(k => k.Variants).SelectMany(v => v.Formula.Readings).OfType<TReading>();

    private static bool IsMoney(Measure measure) => measure.Unit == MeasureUnit.MoneyMicros;

    private static Measure Find(Token word, string function, params MeasureKind[] kinds)
    {
        // Rates serve to read amounts; they are nothing to add up.
        if (Measures.Find(word.Text) is not { Unit: not MeasureUnit.RateNanos } measure)
            throw new FormulaException(
                FormulaProblems.UnknownMeasure,
                $"There is no measure '{word.Text}'." + (Catalogue.Find(word.Text) is null
                    ? Suggestion.For(word.Text, Measures.All.Select(m => m.Name))
                    : $" It is a KPI: write kpi({word.Text})."), word.Offset);
        return kinds.Contains(measure.Kind) ? measure : throw WrongKind(measure, function, word.Offset);
    }

    private static FormulaException WrongKind(Measure measure, string function, int offset)
    {
        var (what, how) = measure.Kind switch
        {
            MeasureKind.Stock => ("a level", $"start({measure.Name}) or end({measure.Name})"),
            MeasureKind.DayPairs when Pairings.TryGetValue(measure, out var made) =>
                ("a sum over pairs of days", $"{(made == PairReading.Both ? "both" : "within")}({measure.Name})"),
            MeasureKind.DayPairs => ("a sum over pairs of days", $"both({measure.Name}) or within({measure.Name})"),
            MeasureKind.Distribution => ("a distribution", $"mean({measure.Name}) or median({measure.Name})"),
            _ when measure.Unit == MeasureUnit.Count => ("something that is counted", measure.Name),
            _ => ("something that is counted", $"{measure.Name} or sum({measure.Name})"),
        };
        return new FormulaException(
            FormulaProblems.WrongKind, $"'{measure.Name}' is {what} and cannot be read by '{function}': write {how}.",
            offset);
    }

    private static void RequireSum(Measure measure, int offset)
    {
        if (measure.Unit == MeasureUnit.Count)
            throw new FormulaException(
                FormulaProblems.WrongKind, $"'{measure.Name}' is only counted, it has no sum: write {measure.Name}.",
                offset);
    }
}
