namespace CrmKpi.Connectors.Csv;

/// <summary>Something in an input file that could not be turned into events: what, where and what to do about it.</summary>
/// <param name="File">The file's name as given by the caller.</param>
/// <param name="Line">First line of the row, from 1; 0 = the whole file.</param>
/// <param name="Column">The column's name, when one is to blame.</param>
/// <param name="Code">Stable and machine-readable, for example <c>bad_number</c>.</param>
/// <param name="Detail">What was wrong and what to do.</param>
/// <param name="StopsFile">True when nothing after this place could be read.</param>
public sealed record ImportProblem(
    string File, long Line, string? Column, string Code, string Detail, bool StopsFile = false)
{
    /// <summary><c>leads.csv, line 12, column "won": …</c>, the order in which a person looks for the place.</summary>
    public override string ToString() =>
        File + (Line > 0 ? $", line {Line}" : "") + (Column is null ? "" : $", column \"{Column}\"") + ": " + Detail;
}

/// <summary>A row or a file cannot be used; carries the problem without its place, which the reader adds.</summary>
internal sealed class RowProblemException(string code, string detail, string? column = null) : Exception(detail)
{
    public string Code { get; } = code;
    public string? Column { get; } = column;
}
