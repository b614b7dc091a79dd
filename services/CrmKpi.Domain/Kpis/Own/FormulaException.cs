namespace CrmKpi.Domain.Kpis.Own;

/// <summary>A formula that cannot be used: the only thing that reading one throws.</summary>
/// <param name="code">Stable and machine-readable, see <see cref="FormulaProblems"/>.</param>
/// <param name="detail">What is wrong and what to do.</param>
/// <param name="offset">Where, in characters from the start of the text.</param>
public sealed class FormulaException(string code, string detail, int offset) : Exception(detail)
{
    public string Code { get; } = code;
    public int Offset { get; } = offset;

    /// <summary>The place as line and column, both from 1.</summary>
    public (int Line, int Column) PlaceIn(string text)
    {
        var before = text.AsSpan(0, Math.Min(Offset, text.Length));
        return (before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'));
    }
}

/// <summary>The codes of <see cref="FormulaException"/>.</summary>
public static class FormulaProblems
{
    public const string Syntax = "formula_syntax";
    public const string TooLong = "formula_too_long";
    public const string NumberOutOfRange = "number_out_of_range";
    public const string UnknownFunction = "unknown_function";
    public const string UnknownMeasure = "unknown_measure";
    public const string UnknownDimension = "unknown_dimension";
    public const string UnknownKpi = "unknown_kpi";
    public const string WrongKind = "wrong_kind";
    public const string UnitMismatch = "unit_mismatch";
    public const string DivisionByZero = "division_by_zero";
    public const string NothingRead = "nothing_read";
    public const string NotAShare = "not_a_share";
    public const string Cycle = "cycle";
    public const string BrokenReference = "broken_reference";
}
