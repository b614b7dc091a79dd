using System.Text;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;

namespace CrmKpi.Query.Parameters;

/// <summary>
/// The parameter <c>filter</c>: <c>pipeline:main,other;manager:ann</c>. Commas join the values of a dimension, semicolons the
/// dimensions; it may be repeated. <c>(blank)</c> stands for a blank; a backslash takes the meaning of the next character.
/// </summary>
internal static class FilterParameters
{
    /// <summary>The most values of all filters together.</summary>
    public const int ValuesMax = 500;

    public const string Name = "filter";

    public static IReadOnlyList<DimensionFilter> Read(QueryParameters parameters)
    {
        var filters = new SortedDictionary<Dimensions, SortedSet<string>>();
        foreach (var asked in parameters.Filters ?? parameters.All(Name).SelectMany(text => Split(text, ';').Select(Parse)))
            Add(asked, filters, parameters.Names);
        if (filters.Values.Sum(v => v.Count) > ValuesMax)
            throw parameters.Bad(Name, $"'{parameters.Names[Name]}' has more than {ValuesMax} values.");
        return
        [
            .. filters.Select(f => new DimensionFilter(
                f.Key, [.. f.Value.Select(v => v == DimensionSet.Blank ? null : v)])),
        ];
    }

    private static AskedFilter Parse(string part)
    {
        var colon = part.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 || colon + 1 == part.Length
            ? new AskedFilter(colon < 0 ? part : part[..colon], [])
            : new AskedFilter(part[..colon], Split(part[(colon + 1)..], ',').Select(Unescape));
    }

    private static void Add(
        AskedFilter asked, SortedDictionary<Dimensions, SortedSet<string>> filters, ParameterNames names)
    {
        var name = asked.Dimension;
        if (DimensionSet.Parse(name.Trim()) is not { } dimension)
            throw names.Bad(
                Name, $"There is no dimension '{name}'.{Suggestion.For(name, DimensionSet.Names)}", DimensionSet.Names);
        if (!filters.TryGetValue(dimension, out var values))
            filters.Add(dimension, values = new SortedSet<string>(StringComparer.Ordinal));
        var count = 0;
        foreach (var value in asked.Values)
        {
            values.Add(value);
            count++;
        }
        if (count == 0)
            throw names.Bad(
                Name,
                $"The filter on '{name}' has no value; {DimensionSet.Blank} stands for a blank: "
                + $"{names.Asking(Name, $"{name}:{DimensionSet.Blank}")}.");
    }

    private static IEnumerable<string> Split(string text, char separator)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
                i++;
            else if (text[i] == separator)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }
        yield return text[start..];
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
                i++;
            result.Append(text[i]);
        }
        return result.ToString();
    }
}

/// <summary>A filter as it was asked for, before its dimension is looked up.</summary>
internal sealed record AskedFilter(string Dimension, IEnumerable<string> Values);
