using System.Text.Json;

namespace CrmKpi.Connectors.Csv.Mapping;

internal static class ColumnValue
{
    private static readonly Dictionary<string, bool> Booleans = new(StringComparer.OrdinalIgnoreCase)
    {
        ["true"] = true,
        ["yes"] = true,
        ["y"] = true,
        ["1"] = true,
        ["да"] = true,
        ["истина"] = true,
        ["false"] = false,
        ["no"] = false,
        ["n"] = false,
        ["0"] = false,
        ["нет"] = false,
        ["ложь"] = false,
    };

    /// <summary>Writes a column as a field of its type, or nothing when it is empty and has no default.</summary>
    public static void WriteColumn(this FieldValue.Column c, Utf8JsonWriter json, string name, in Row row)
    {
        var value = row[c.Slot];
        if (value is not null && c.Map is { } map && !map.TryGetValue(value, out value))
            throw new RowProblemException("unmapped_value",
                $"\"{Values.TimeFormat.Shorten(row[c.Slot]!)}\" is not in \"map\" ({string.Join(", ", map.Keys.Take(10))}). Add it there.",
                row.NameOf(c.Slot));
        value ??= c.Default;
        if (value is null)
            return;
        var column = row.NameOf(c.Slot);
        switch (c.Type)
        {
            case ColumnType.Number:
                json.WriteNumber(name, c.Number.Parse(value, column));
                break;
            case ColumnType.Integer:
                json.WriteNumber(name, WholeNumber(c.Number.Parse(value, column), value, column));
                break;
            case ColumnType.Boolean:
                json.WriteBoolean(name, Booleans.TryGetValue(value, out var flag)
                    ? flag
                    : throw new RowProblemException("bad_boolean",
                        $"\"{Values.TimeFormat.Shorten(value)}\" is neither yes nor no. Use true/false, yes/no, 1/0, да/нет, or translate it "
                        + "with \"map\" in the mapping.", column));
                break;
            default:
                json.WriteString(name, value);
                break;
        }
    }

    private static long WholeNumber(decimal number, string text, string column) =>
        number == decimal.Truncate(number) && Math.Abs(number) <= long.MaxValue
            ? (long)number
            : throw new RowProblemException("bad_integer",
                $"\"{Values.TimeFormat.Shorten(text)}\" is not a whole number. Correct it, or use \"type: number\".", column);
}
