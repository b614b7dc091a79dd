using System.Globalization;
using CrmKpi.Connectors.Csv.Values;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace CrmKpi.Connectors.Csv.Mapping;

/// <summary>Reads the <c>data</c> of an event rule.</summary>
internal static class FieldReader
{
    public static IReadOnlyList<(string Name, FieldValue Value)> ReadFields(
        YamlMap map, Columns columns, RuleDefaults defaults)
    {
        var fields = new List<(string, FieldValue)>();
        foreach (var (name, node) in map.Entries)
        {
            var value = node switch
            {
                YamlScalarNode scalar => ReadScalar(map, scalar, columns),
                YamlMappingNode inner =>
                    ReadMap(new YamlMap(inner, $"The field \"{name}\"", map.Problems), columns, defaults),
                _ => Refuse(map, node.Start.Line, $"The field \"{name}\" must be a text or a map."),
            };
            if (value is not null)
                fields.Add((name, value));
        }
        return fields;
    }

    /// <summary>A plain number or boolean is a constant of that type; other text is a template.</summary>
    private static FieldValue? ReadScalar(YamlMap map, YamlScalarNode scalar, Columns columns)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style == ScalarStyle.Plain && Typed(text) is { } constant)
            return new FieldValue.Constant(constant);
        try
        {
            var template = TextTemplate.Parse(text, columns, scalar.Start.Line);
            return template.IsConstant
                ? new FieldValue.Constant(text.Replace("{{", "{", StringComparison.Ordinal).Replace("}}", "}", StringComparison.Ordinal))
                : new FieldValue.Text(template);
        }
        catch (FormatException e)
        {
            return Refuse(map, scalar.Start.Line, e.Message);
        }
    }

    private static object? Typed(string text) => text switch
    {
        "true" => true,
        "false" => false,
        _ when decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    private static FieldValue? ReadMap(YamlMap map, Columns columns, RuleDefaults defaults)
    {
        string[] kinds = ["column", "money", "date", "time", "object"];
        var given = kinds.Where(map.Has).ToList();
        if (given.Count != 1)
            return Refuse(map, map.Line, $"A field that is a map needs exactly one of {string.Join(", ", kinds)}.");
        var value = given[0] == "object"
            ? map.Map("object", "\"object\"") is { } inner ? new FieldValue.Object(ReadFields(inner, columns, defaults)) : null
            : map.RequiredText(given[0]) is { } column
                ? ReadColumn(map, given[0], columns.Slot(column, map.LineOf(given[0])), columns, defaults)
                : null;
        map.Done();
        return value;
    }

    private static FieldValue? ReadColumn(YamlMap map, string kind, int slot, Columns columns, RuleDefaults defaults)
    {
        switch (kind)
        {
            case "money":
                return ReadMoney(map, slot, columns, defaults);
            case "date" or "time":
                return new FieldValue.Time(slot, RuleReader.ReadTimeFormat(map, defaults), kind == "date");
            default:
                var values = map.Map("map", "\"map\"")?.Entries
                    .ToDictionary(e => e.Key, e => (e.Value as YamlScalarNode)?.Value ?? "");
                return new FieldValue.Column(
                    slot, map.Choice("type", ColumnType.Text), ReadNumber(map), values, map.Text("default"));
        }
    }

    private static FieldValue? ReadMoney(YamlMap map, int slot, Columns columns, RuleDefaults defaults)
    {
        var currency = RuleReader.ReadTemplate(map, "currency", columns);
        if (currency is null && defaults.Currency is { } fallback)
            currency = TextTemplate.Parse(fallback, columns, map.Line);
        if (currency is null)
            return Refuse(map, map.Line, "Money needs \"currency\" (EUR, or \"{column}\"), here or at the top of the mapping.");
        return new FieldValue.Money(slot, ReadNumber(map), currency, map.Text("default"));
    }

    private static NumberFormat ReadNumber(YamlMap map) => map.Text("decimal") switch
    {
        null => new NumberFormat(),
        "." => new NumberFormat('.', Declared: true),
        "," => new NumberFormat(',', Declared: true),
        var other => Unknown(map, other),
    };

    private static NumberFormat Unknown(YamlMap map, string mark)
    {
        map.Problem(map.LineOf("decimal"), $"\"decimal\" must be \".\" or \",\", not \"{mark}\".");
        return new NumberFormat();
    }

    private static FieldValue? Refuse(YamlMap map, long line, string detail)
    {
        map.Problem(line, detail);
        return null;
    }
}
