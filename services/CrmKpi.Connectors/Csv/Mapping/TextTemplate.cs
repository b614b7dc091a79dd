using System.Text;

namespace CrmKpi.Connectors.Csv.Mapping;

/// <summary>Text with columns in braces: <c>deal/{id}</c>; doubled braces stand for themselves.</summary>
public sealed class TextTemplate
{
    private readonly List<(string Text, int Slot)> _parts = [];

    private TextTemplate(string source) => Source = source;

    /// <summary>As written in the mapping.</summary>
    public string Source { get; }

    /// <summary>True when it reads no column.</summary>
    public bool IsConstant => _parts.TrueForAll(p => p.Slot < 0);

    /// <summary>Reads a template.</summary>
    /// <exception cref="FormatException">Braces do not match.</exception>
    public static TextTemplate Parse(string source, Columns columns, long mappingLine)
    {
        var template = new TextTemplate(source);
        var text = new StringBuilder();
        for (var i = 0; i < source.Length; i++)
        {
            var c = source[i];
            if (c is '{' or '}' && i + 1 < source.Length && source[i + 1] == c)
                text.Append(source[++i]);
            else if (c == '}')
                throw new FormatException($"\"{source}\" has a \"}}\" without \"{{\". Write \"}}}}\" for the character itself.");
            else if (c != '{')
                text.Append(c);
            else
            {
                var end = source.IndexOf('}', i);
                if (end <= i + 1)
                    throw new FormatException($"\"{source}\" needs a column's name between \"{{\" and \"}}\".");
                template._parts.Add((text.ToString(), columns.Slot(source[(i + 1)..end].Trim(), mappingLine)));
                text.Clear();
                i = end;
            }
        }
        if (text.Length > 0 || template._parts.Count == 0)
            template._parts.Add((text.ToString(), -1));
        return template;
    }

    /// <summary>The text for a row; null when a column of it is empty, whose slot is then <paramref name="empty"/>.</summary>
    internal string? Fill(in Row row, out int empty)
    {
        empty = -1;
        if (_parts is [("", var only)] && only >= 0)
        {
            empty = row[only] is null ? only : -1;
            return row[only];
        }
        var text = new StringBuilder();
        foreach (var (literal, slot) in _parts)
        {
            text.Append(literal);
            if (slot < 0)
                continue;
            if (row[slot] is not { } value)
            {
                empty = slot;
                return null;
            }
            text.Append(value);
        }
        return text.ToString();
    }

    /// <summary>The text for a row in which every column must have a value.</summary>
    internal string FillRequired(in Row row, string what) => Fill(row, out var empty)
        ?? throw new RowProblemException("missing_value",
            $"It is empty, but \"{what}: {Source}\" needs it. Fill it in, or leave such rows out with \"when\" in the mapping.",
            row.NameOf(empty));
}
