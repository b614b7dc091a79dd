using System.Globalization;
using System.Text.Json;
using CrmKpi.Connectors.Csv.Values;

namespace CrmKpi.Connectors.Csv.Mapping;

/// <summary>Where a field of an event's data gets its value from. A field without a value is left out.</summary>
public abstract record FieldValue
{
    /// <summary>A constant of the mapping: text, number or boolean.</summary>
    public sealed record Constant(object Value) : FieldValue;

    /// <summary>Text with columns in it.</summary>
    public sealed record Text(TextTemplate Template) : FieldValue;

    /// <summary>A column, translated by <paramref name="Map"/>, or <paramref name="Default"/> when it is empty.</summary>
    public sealed record Column(
        int Slot, ColumnType Type, NumberFormat Number, IReadOnlyDictionary<string, string>? Map, string? Default)
        : FieldValue;

    /// <summary>An amount of money.</summary>
    public sealed record Money(int Slot, NumberFormat Number, TextTemplate Currency, string? Default) : FieldValue;

    /// <summary>A day (<paramref name="DayOnly"/>) or an instant.</summary>
    public sealed record Time(int Slot, TimeFormat Format, bool DayOnly) : FieldValue;

    /// <summary>An object of fields.</summary>
    public sealed record Object(IReadOnlyList<(string Name, FieldValue Value)> Fields) : FieldValue;

    /// <summary>Writes the field, or nothing when it has no value.</summary>
    internal void Write(Utf8JsonWriter json, string name, in Row row)
    {
        switch (this)
        {
            case Constant c:
                json.WritePropertyName(name);
                JsonSerializer.Serialize(json, c.Value);
                break;
            case Text t when t.Template.Fill(row, out _) is { } text:
                json.WriteString(name, text);
                break;
            case Column c:
                c.WriteColumn(json, name, row);
                break;
            case Money m when (row[m.Slot] ?? m.Default) is { } amount:
                json.WriteStartObject(name);
                json.WriteString("amount",
                    m.Number.Parse(amount, row.NameOf(m.Slot)).ToString(CultureInfo.InvariantCulture));
                json.WriteString("currency", m.Currency.FillRequired(row, "currency"));
                json.WriteEndObject();
                break;
            case Time t when row[t.Slot] is { } time:
                var instant = t.Format.Parse(time, row.NameOf(t.Slot));
                json.WriteString(name, instant.ToString(t.DayOnly ? "yyyy-MM-dd" : "O", CultureInfo.InvariantCulture));
                break;
            case Object o:
                WriteObject(json, name, o, row);
                break;
        }
    }

    private static void WriteObject(Utf8JsonWriter json, string name, Object o, in Row row)
    {
        json.WriteStartObject(name);
        foreach (var (field, value) in o.Fields)
            value.Write(json, field, row);
        json.WriteEndObject();
    }
}

/// <summary>The JSON type of a column's value.</summary>
public enum ColumnType { Text, Number, Integer, Boolean }
