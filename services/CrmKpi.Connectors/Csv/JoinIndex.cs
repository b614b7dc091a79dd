using CrmKpi.Connectors.Csv.Mapping;

namespace CrmKpi.Connectors.Csv;

/// <summary>A joined file in memory: the columns that rules read, by key.</summary>
internal sealed class JoinIndex
{
    /// <summary>More rows are refused: a joined file lies in memory (some 100 to 300 bytes a row).</summary>
    public const int RowsMax = 2_000_000;

    /// <summary>Stands between the values of a key of several columns; no text file holds it.</summary>
    public const char KeySeparator = '\u001F';

    private readonly Dictionary<string, string?[]> _rows = [];

    private JoinIndex(JoinMapping join, IReadOnlyList<(int Slot, int Column)> columns) => (Join, Columns) = (join, columns);

    public JoinMapping Join { get; }

    /// <summary>The slots of the joining file that this index fills.</summary>
    public IReadOnlyList<(int Slot, int Column)> Columns { get; }

    /// <summary>Reads a file into memory. Of several rows with the same key the first is taken; the others are problems.</summary>
    public static JoinIndex Load(
        JoinMapping join, Columns wanted, InputFile file, Action<ImportProblem> report, CancellationToken ct)
    {
        var slots = wanted.Refs.Select((r, slot) => (Ref: r, Slot: slot)).Where(r => r.Ref.Join == join.Name).ToList();
        using var table = file.Open();
        var keys = join.Key.Select(k => file.IndexOf(table, k, join.Line)).ToArray();
        var indexes = slots.Select(s => file.IndexOf(table, s.Ref.Name, s.Ref.Line)).ToArray();
        var index = new JoinIndex(join, [.. slots.Select((s, i) => (s.Slot, i))]);
        foreach (var row in table.Rows)
        {
            ct.ThrowIfCancellationRequested();
            var key = row.Problem is null ? KeyOf(keys.Select(k => file.Value(row.Fields, k))) : null;
            if (row.Problem is not null)
                report(new ImportProblem(file.Name, row.Line, null, "bad_row", row.Problem));
            else if (key is null)
                report(new ImportProblem(file.Name, row.Line, join.Key[0], "missing_value",
                    $"The key of the join \"{join.Name}\" is empty, so the row is never found. Fill it in, or remove the row."));
            else if (!index._rows.TryAdd(key, [.. indexes.Select(i => file.Value(row.Fields, i))]))
                report(new ImportProblem(file.Name, row.Line, join.Key[0], "repeated_key",
                    $"The key \"{key.Replace(KeySeparator, '|')}\" stands in the file before; the join \"{join.Name}\" takes the first. "
                    + "Remove one of the rows."));
            if (index._rows.Count > RowsMax)
                throw new RowProblemException("join_too_large",
                    $"A joined file may have {RowsMax} rows at most, because it lies in memory. Join the other way round, or split it.");
        }
        return index;
    }

    /// <summary>The joined columns of a key, or null.</summary>
    public string?[]? Find(string key) => _rows.GetValueOrDefault(key);

    /// <summary>The values of a key in one text; null when one is empty.</summary>
    public static string? KeyOf(IEnumerable<string?> values)
    {
        var key = string.Join(KeySeparator, values.Select(v => v ?? "\0"));
        return key.Contains('\0') ? null : key;
    }
}
