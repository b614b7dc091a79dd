using System.Text.RegularExpressions;
using CrmKpi.Connectors.Csv.Values;
using YamlDotNet.RepresentationModel;

namespace CrmKpi.Connectors.Csv.Mapping;

/// <summary>Reads one event rule of a mapping.</summary>
internal static class RuleReader
{
    private static readonly TimeSpan MatchTimeMax = TimeSpan.FromMilliseconds(100);

    public static EventRule? Read(YamlMap map, Columns columns, RuleDefaults defaults)
    {
        var type = map.RequiredText("type");
        var subject = ReadTemplate(map, "subject", columns);
        if (!map.Has("subject"))
            map.Problem(map.Line, "An event rule needs \"subject\", for example \"deal/{id}\".");
        var id = ReadTemplate(map, "id", columns);
        var name = map.Text("name") ?? type ?? "";
        var time = ReadTime(map, "time", columns, defaults);
        if (!map.Has("time"))
            map.Problem(map.Line, "An event rule needs \"time\": the column that says when it happened.");
        var when = map.Maps("when", "A condition").Select(c => ReadCondition(c, columns)).OfType<Condition>().ToList();
        var firstOf = map.Texts("firstOf").Select(c => columns.Slot(c, map.LineOf("firstOf"))).ToList();
        var data = map.Map("data", "\"data\"") is { } fields ? FieldReader.ReadFields(fields, columns, defaults) : [];
        map.Done();
        return type is null || subject is null || time is null
            ? null
            : new EventRule(name, type, subject, id, time.Value.Slot, time.Value.Format, when, firstOf, data, map.Line);
    }

    public static TimeZoneInfo? ReadZone(YamlMap map, string key)
    {
        if (map.Text(key) is not { } zone)
            return null;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found))
            return found;
        map.Problem(map.LineOf(key), $"The time zone \"{zone}\" is unknown. Use an IANA name such as Europe/Moscow or UTC.");
        return null;
    }

    public static TextTemplate? ReadTemplate(YamlMap map, string key, Columns columns)
    {
        if (map.Text(key) is not { } text)
            return null;
        try
        {
            return TextTemplate.Parse(text, columns, map.LineOf(key));
        }
        catch (FormatException e)
        {
            map.Problem(map.LineOf(key), e.Message);
            return null;
        }
    }

    /// <summary><c>time: column</c> or <c>time: { column, format, timeZone, gap, overlap }</c>.</summary>
    private static (int Slot, TimeFormat Format)? ReadTime(YamlMap map, string key, Columns columns, RuleDefaults defaults)
    {
        switch (map.Node(key))
        {
            case YamlScalarNode { Value: { Length: > 0 } column } scalar:
                return (columns.Slot(column, scalar.Start.Line), new TimeFormat([TimeFormat.Iso], defaults.Zone));
            case YamlMappingNode:
                var time = map.Map(key, "\"time\"")!;
                var result = time.RequiredText("column") is { } name
                    ? (columns.Slot(name, time.LineOf("column")), ReadTimeFormat(time, defaults))
                    : ((int, TimeFormat)?)null;
                time.Done();
                return result;
            case { } other:
                map.Problem(other.Start.Line, "\"time\" must be a column or a map with \"column\".");
                return null;
            default:
                return null;
        }
    }

    /// <summary>The keys <c>format</c>, <c>timeZone</c>, <c>gap</c> and <c>overlap</c> of a map.</summary>
    public static TimeFormat ReadTimeFormat(YamlMap map, RuleDefaults defaults)
    {
        var formats = map.Texts("format");
        foreach (var format in formats.Where(f => !TimeFormat.IsFormat(f)))
            map.Problem(map.LineOf("format"), $"\"{format}\" is not a time format. Examples: iso, \"dd.MM.yyyy HH:mm\", unix, excel.");
        return new TimeFormat(
            formats.Count > 0 ? formats : [TimeFormat.Iso], ReadZone(map, "timeZone") ?? defaults.Zone,
            map.Choice("gap", GapRule.Forward), map.Choice("overlap", OverlapRule.First));
    }

    /// <summary><c>{ column: x, equals | notEquals | in | notIn | empty | matches: … }</c>.</summary>
    private static Condition? ReadCondition(YamlMap map, Columns columns)
    {
        var column = map.RequiredText("column");
        var slot = column is null ? 0 : columns.Slot(column, map.LineOf("column"));
        var tests = new List<Condition>();
        foreach (var (key, not) in ((string, bool)[])[("equals", false), ("in", false), ("notEquals", true), ("notIn", true)])
        {
            if (map.Texts(key) is { Count: > 0 } values)
                tests.Add(new Condition.In(slot, values.ToHashSet(), not));
        }
        if (map.Has("empty"))
            tests.Add(new Condition.Empty(slot, map.Flag("empty", true)));
        else
            map.Node("empty");
        if (map.Text("matches") is { } pattern)
        {
            try
            {
                tests.Add(new Condition.Matches(slot, new Regex(pattern, RegexOptions.CultureInvariant, MatchTimeMax)));
            }
            catch (ArgumentException e)
            {
                map.Problem(map.LineOf("matches"), $"\"{pattern}\" is not a regular expression: {e.Message}");
            }
        }
        map.Done();
        if (tests.Count == 1)
            return tests[0];
        map.Problem(map.Line, "A condition needs \"column\" and exactly one of equals, notEquals, in, notIn, empty, matches.");
        return null;
    }
}
