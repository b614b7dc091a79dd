using CrmKpi.Connectors.Csv.Mapping;
using CrmKpi.Connectors.Csv.Tables;

namespace CrmKpi.Connectors.Csv;

/// <summary>A file on disk and what the mapping says of it.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Mapping">What kind of file it is.</param>
public sealed record InputFile(string Path, FileMapping Mapping)
{
    /// <summary>Its name, for messages.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Opens the table and reads its header.</summary>
    internal OpenTable Open()
    {
        var reader = TableReader.Open(Path, Mapping.Table);
        try
        {
            return new OpenTable(reader, Mapping.ColumnNames);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Place of a column in the rows, exact or else ignoring case.</summary>
    internal int IndexOf(OpenTable table, string column, long mappingLine)
    {
        var index = table.Header.IndexOf(column);
        if (index < 0)
            index = table.Header.FindIndex(h => string.Equals(h, column, StringComparison.OrdinalIgnoreCase));
        return index >= 0 ? index : throw new RowProblemException("unknown_column",
            $"The file has no column \"{column}\" (line {mappingLine} of the mapping). It was read as {table.Reader.Format} and has: "
            + $"{string.Join(", ", table.Header.Take(50).Select(h => $"\"{h}\""))}.");
    }

    /// <summary>A field as rules see it: trimmed; null when it is empty or says so.</summary>
    internal string? Value(string[] fields, int index)
    {
        var text = index < fields.Length ? fields[index].Trim() : "";
        return text.Length == 0 || Mapping.EmptyValues.Contains(text) ? null : text;
    }
}

/// <summary>A table whose header has been read.</summary>
internal sealed class OpenTable : IDisposable
{
    public OpenTable(TableReader reader, IReadOnlyList<string>? names)
    {
        Reader = reader;
        var rows = reader.Rows().GetEnumerator();
        if (names is not null)
            Header = [.. names];
        else if (!rows.MoveNext())
            throw new RowProblemException("empty_file", "The file is empty: not even a header. Export it again.");
        else
            Header = [.. rows.Current.Fields.Select(f => f.Trim())];
        Rows = Remaining(rows);
    }

    public TableReader Reader { get; }

    public List<string> Header { get; }

    /// <summary>The rows after the header; those with another number of fields carry a problem.</summary>
    public IEnumerable<TableRow> Rows { get; }

    private IEnumerable<TableRow> Remaining(IEnumerator<TableRow> rows)
    {
        using (rows)
        {
            while (rows.MoveNext())
                yield return Check(rows.Current);
        }
    }

    private TableRow Check(TableRow row)
    {
        var (count, expected) = (row.Fields.Length, Header.Count);
        // Some programs end each line with a delimiter, and some leave empty fields at the end out; both are harmless.
        if (row.Problem is not null || count == expected || (count > expected && row.Fields.Skip(expected).All(f => f.Length == 0)))
            return row;
        return row with
        {
            Problem = $"The row has {count} fields, not {expected}. Is a delimiter ({Reader.Format}) part of a value that is not quoted, "
                + "or the row cut off?",
        };
    }

    public void Dispose() => Reader.Dispose();
}
