using System.Text;
using System.Text.Json;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Kpis.Evaluation;

namespace CrmKpi.Domain.Settings;

/// <summary>What one <c>tenant.target_set</c> says. WARNING: <see cref="Write"/> is a storage format.</summary>
internal sealed record TargetSet(
    string Kpi, long ValueMicros, int Due, TargetPath Path, TargetPer Per, int? From, long? StartMicros,
    IReadOnlyList<DimensionFilter> Filters)
{
    /// <summary>The most values of a target's filters together.</summary>
    public const int FilterValuesMax = 100;

    /// <summary>Reads the data of the event; null when it holds what the door would refuse.</summary>
    public static TargetSet? Of(in JsonFields fields)
    {
        if (fields.Text("kpi"u8) is not { Length: <= EventField.ShortTextCharsMax } kpi || Micros(fields.Number("value"u8)) is not { } value
            || GoalRules.Day(fields, "due"u8) is not { } due || (fields.Has("start"u8) && Micros(fields.Number("start"u8)) is null)
            || IndexOf(Target.PathNames, fields.Text("path"u8), 0) is not { } path
            || IndexOf(Target.PerNames, fields.Text("per"u8), (int)TargetPer.Month) is not { } per
            || (fields.Has("filters"u8) && fields.Nested("filters"u8).IsEmpty))
            return null;
        var from = GoalRules.Day(fields, "from"u8);
        if (from > due || (from is null && fields.Has("from"u8)) || ReadFilters(fields.Nested("filters"u8)) is not { } filters)
            return null;
        return new TargetSet(
            kpi, value, due, (TargetPath)path, (TargetPer)per, from, Micros(fields.Number("start"u8)), filters);
    }

    /// <summary>
    /// <c>{ "manager": ["ann", "(blank)"] }</c> as filters, sorted; null when it is something else, names no dimension, or has
    /// more than <see cref="FilterValuesMax"/> values.
    /// </summary>
    public static IReadOnlyList<DimensionFilter>? ReadFilters(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
            return [];
        using var document = JsonDocument.Parse(Encoding.UTF8.GetString(json));
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            return null;
        var filters = new SortedDictionary<Dimensions, SortedSet<string>>();
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (DimensionSet.Parse(property.Name) is not { } dimension || property.Value.ValueKind != JsonValueKind.Array
                || property.Value.GetArrayLength() == 0
                || property.Value.EnumerateArray().Any(v => !IsValue(v)))
                return null;
            filters[dimension] = new(property.Value.EnumerateArray().Select(v => v.GetString()!), StringComparer.Ordinal);
        }
        return filters.Values.Sum(v => v.Count) > FilterValuesMax ? null :
            [.. filters.Select(f => new DimensionFilter(f.Key, [.. f.Value.Select(v => v == DimensionSet.Blank ? null : v)]))];
    }

    public void Write(StateWriter writer)
    {
        writer.Text(Kpi);
        writer.Signed(ValueMicros);
        writer.Signed(Due);
        writer.Byte((byte)Path);
        writer.Byte((byte)Per);
        writer.Optional(From);
        writer.Optional(StartMicros);
        writer.Count(Filters.Count);
        foreach (var filter in Filters)
        {
            writer.Signed((long)filter.Dimension);
            writer.Count(filter.Values.Count);
            foreach (var value in filter.Values)
                writer.Text(value);
        }
    }

    public static TargetSet Read(ref StateReader reader)
    {
        var (kpi, value, due) = (reader.Text()!, reader.Signed(), (int)reader.Signed());
        var (path, per) = ((TargetPath)reader.Byte(), (TargetPer)reader.Byte());
        var (from, start) = (reader.Optional(), reader.Optional());
        var filters = new DimensionFilter[reader.Count()];
        for (var i = 0; i < filters.Length; i++)
        {
            var dimension = (Dimensions)reader.Signed();
            var values = new string?[reader.Count()];
            for (var v = 0; v < values.Length; v++)
                values[v] = reader.Text();
            filters[i] = new DimensionFilter(dimension, values);
        }
        return new TargetSet(kpi, value, due, path, per, (int?)from, start, filters);
    }

    private static bool IsValue(JsonElement element) =>
        element.ValueKind == JsonValueKind.String && element.GetString() is { Length: > 0 and <= EventField.ShortTextCharsMax };

    private static long? Micros(decimal? value) =>
        Math.Abs(value ?? decimal.MaxValue) <= Money.UnitsMax ? (long)(decimal.Round(value!.Value, 6) * Money.MicrosPerUnit) : null;

    // The index of a name; null when it is none of them.
    private static int? IndexOf(IReadOnlyList<string> names, string? name, int missing)
    {
        for (var i = 0; name is not null && i < names.Count; i++)
            if (names[i] == name)
                return i;
        return name is null ? missing : null;
    }
}
