using System.Text;

namespace CrmKpi.Connectors.Csv.Tables;

/// <summary>What is known of a table before it is read; null = find out from the file itself.</summary>
/// <param name="Delimiter">The delimiter; <see cref="Whitespace"/> = runs of spaces and tabs.</param>
/// <param name="Encoding">The encoding.</param>
/// <param name="Quote">The quote character; null = nothing is quoted.</param>
/// <param name="SkipLines">Physical lines before the header or the first row.</param>
public sealed record TableOptions(
    char? Delimiter = null, Encoding? Encoding = null, char? Quote = '"', int SkipLines = 0)
{
    /// <summary>Stands for "runs of spaces and tabs".</summary>
    public const char Whitespace = ' ';
}

/// <summary>How a table was read.</summary>
/// <param name="Encoding">Given or found.</param>
/// <param name="Delimiter">Given or found.</param>
/// <param name="Gzip">The file is compressed.</param>
public sealed record TableFormat(Encoding Encoding, char Delimiter, bool Gzip)
{
    /// <summary>For people: <c>utf-8, ";", gzip</c>.</summary>
    public override string ToString() =>
        $"{Encoding.WebName}, {DelimiterName}{(Gzip ? ", gzip" : "")}";

    private string DelimiterName => Delimiter switch
    {
        TableOptions.Whitespace => "white space",
        '\t' => "tab",
        _ => $"\"{Delimiter}\"",
    };
}

/// <summary>A row of a table.</summary>
/// <param name="Line">The physical line, from 1, on which it starts.</param>
/// <param name="Fields">Its fields as they stand in the file, unquoted.</param>
/// <param name="Problem">Why it cannot be trusted, or null.</param>
public readonly record struct TableRow(long Line, string[] Fields, string? Problem);
