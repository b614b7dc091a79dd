namespace CrmKpi.Connectors.Csv.Tables;

/// <summary>Rows whose fields stand apart by runs of spaces and tabs; there is no quoting.</summary>
internal static class WhitespaceTableReader
{
    /// <summary>A longer line is not a table's.</summary>
    public const int LineCharsMax = 1 << 20;

    public static IEnumerable<TableRow> Read(TextReader text, long linesBefore)
    {
        for (var line = linesBefore + 1; text.ReadLine() is { } row; line++)
        {
            if (row.Length > LineCharsMax)
                throw new RowProblemException("line_too_long",
                    $"A line is longer than {LineCharsMax} characters. Is this a text table?");
            var fields = Split(row);
            if (fields.Length > 0)
                yield return new TableRow(line, fields, null);
        }
    }

    public static string[] Split(ReadOnlySpan<char> row)
    {
        var fields = new List<string>();
        while (!(row = row.TrimStart([' ', '\t', '\r'])).IsEmpty)
        {
            var end = row.IndexOfAny([' ', '\t', '\r']);
            fields.Add(row[..(end < 0 ? row.Length : end)].ToString());
            row = end < 0 ? [] : row[end..];
        }
        return [.. fields];
    }
}
