namespace CrmKpi.Domain.Kpis.Own;

/// <summary>A formula as it was written: its tree, and where each part of it stands in the text.</summary>
public sealed class ParsedFormula
{
    /// <summary>The longest text, in characters.</summary>
    public const int CharsMax = 2_000;

    /// <summary>
    /// The most numbers, readings and operators of a formula, those of the KPIs it refers to included.
    /// </summary>
    public const int NodesMax = 200;

    /// <summary>The deepest nesting of brackets.</summary>
    public const int NestingMax = 32;

    /// <summary>The largest number, without its sign.</summary>
    public const decimal NumberMax = 1_000_000_000_000;

    /// <summary>The most digits behind a number's point.</summary>
    public const int NumberDigitsMax = 10;

    private readonly IReadOnlyDictionary<Formula, int> _offsets;

    internal ParsedFormula(string text, Formula tree, IReadOnlyDictionary<Formula, int> offsets) =>
        (Text, Tree, _offsets) = (text, tree, offsets);

    public string Text { get; }

    /// <summary>The tree, with <see cref="Reference"/> where another KPI is named.</summary>
    public Formula Tree { get; }

    /// <summary>Reads a formula; its syntax, names and kinds of measures are checked, its units are not.</summary>
    /// <exception cref="FormulaException">The text is no formula.</exception>
    public static ParsedFormula Parse(string text) => FormulaParser.Parse(text);

    /// <summary>Where a part of the tree (by reference) stands in the text.</summary>
    internal int OffsetOf(Formula part) => _offsets.GetValueOrDefault(part);

    /// <summary>The KPIs that are named, in the order of the text.</summary>
    internal IEnumerable<Reference> References =>
        _offsets.Keys.OfType<Reference>().OrderBy(OffsetOf);

    /// <summary>Numbers, readings and operators, references left out.</summary>
    internal int NodesWithoutReferences => CountOf(Tree);

    internal static int CountOf(Formula formula) => formula switch
    {
        Operation o => 1 + CountOf(o.Left) + CountOf(o.Right),
        Reference => 0,
        Input input => CountOf(input.Default),
        _ => 1,
    };
}
