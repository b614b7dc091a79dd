namespace CrmKpi.Connectors.Csv.Tables;

/// <summary>Finds the delimiter of a table from its first rows.</summary>
public static class DelimiterProbe
{
    private const int RowsMax = 100;

    // The order decides between equals: "1,5;2,5" is two numbers with decimal commas, not three fields.
    private static readonly char[] Candidates = ['\t', ';', '|', ','];

    /// <summary>
    /// The candidate that cuts the most rows into as many fields as the first one (at least two). Runs of white space come
    /// last, since most texts have spaces; a comma stands for a table of one column.
    /// </summary>
    /// <param name="sample">The first characters of the text.</param>
    /// <param name="complete">The sample is the whole text, so its last row is complete.</param>
    /// <param name="quote">The quote character, or null.</param>
    public static char Detect(ReadOnlySpan<char> sample, bool complete, char? quote)
    {
        var best = (Delimiter: ',', Share: 0.0);
        foreach (var candidate in Candidates)
        {
            var share = Share(sample, complete, quote, candidate);
            if (share > best.Share)
                best = (candidate, share);
        }
        if (best.Share < 0.9 && Share(sample, complete, null, TableOptions.Whitespace) == 1.0)
            return TableOptions.Whitespace;
        return best.Delimiter;
    }

    private static double Share(ReadOnlySpan<char> sample, bool complete, char? quote, char delimiter)
    {
        int rows = 0, same = 0, first = 0;
        while (!sample.IsEmpty && rows < RowsMax)
        {
            var (length, fields, closed) = MeasureRow(sample, quote, delimiter);
            if (!closed && !complete)
                break;
            sample = sample[length..];
            if (fields == 0)
                continue;
            if (rows == 0)
                first = fields;
            rows++;
            same += fields == first ? 1 : 0;
        }
        return first < 2 || rows == 0 ? 0 : (double)same / rows;
    }

    /// <summary>Length of the first row with its line break, its number of fields (0 = blank line), and whether it ends.</summary>
    private static (int Length, int Fields, bool Closed) MeasureRow(ReadOnlySpan<char> text, char? quote, char delimiter)
    {
        var (inQuotes, fields, blank) = (false, 1, true);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == quote)
                (inQuotes, blank) = (!inQuotes, false);
            else if (inQuotes)
                continue;
            else if (c is '\n' or '\r')
                return (i + (c == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? 2 : 1), Count(text[..i]), true);
            else if (c == delimiter)
                fields++;
            blank &= c is ' ' or '\t';
        }
        return (text.Length, Count(text), false);

        int Count(ReadOnlySpan<char> row) =>
            delimiter == TableOptions.Whitespace ? WhitespaceTableReader.Split(row).Length : blank ? 0 : fields;
    }
}
