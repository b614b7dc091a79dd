using System.Globalization;
using CrmKpi.Hosting.Problems;
using Microsoft.AspNetCore.WebUtilities;

namespace CrmKpi.Query.Parameters;

/// <summary>
/// The parameters of a request, of its query string or of the fields of its message, checked: an unknown one, one given twice, and
/// one with a wrong value end the request with a problem that names the parameter and the values that would be right.
/// </summary>
internal sealed class QueryParameters
{
    /// <summary>The longest query string that is read, in characters.</summary>
    public const int CharsMax = 8_192;

    private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);

    /// <summary>Parameters that are not of a query string; <see cref="Set(string, string)"/> gives them their values.</summary>
    public QueryParameters(ParameterNames names) => Names = names;

    /// <summary>What the caller calls them.</summary>
    public ParameterNames Names { get; }

    /// <summary>The filters of a message; null = they stand in the query string.</summary>
    public IReadOnlyList<AskedFilter>? Filters { get; init; }

    /// <summary>Reads a query string; each parameter must be one of <paramref name="known"/>.</summary>
    public static QueryParameters Read(string queryString, IReadOnlyList<string> known)
    {
        if (queryString.Length > CharsMax)
            throw new ProblemException(KnownProblems.OfStatus(StatusCodes.Status414UriTooLong) with
            {
                Detail = $"The query has {queryString.Length} characters; at most {CharsMax} are read.",
            });
        var parameters = new QueryParameters(ParameterNames.QueryString);
        foreach (var pair in new QueryStringEnumerable(queryString))
        {
            var name = pair.DecodeName().ToString();
            if (!known.Contains(name))
                throw parameters.Bad(name, $"There is no query parameter '{name}'.{Suggestion.For(name, known)}", known);
            if (!parameters._values.TryGetValue(name, out var values))
                parameters._values.Add(name, values = []);
            values.Add(pair.DecodeValue().ToString());
        }
        return parameters;
    }

    /// <summary>Sets a parameter; empty = it is not there.</summary>
    public QueryParameters Set(string name, string value) => value.Length == 0 ? this : Set(name, [value]);

    /// <summary>Sets a parameter that has several values; none = it is not there.</summary>
    public QueryParameters Set(string name, IEnumerable<string> values)
    {
        if (values.ToList() is { Count: > 0 } list)
            _values[name] = list;
        return this;
    }

    /// <summary>Refuses one that is not among <paramref name="known"/>.</summary>
    public QueryParameters RequireOnly(IReadOnlyList<string> known)
    {
        foreach (var name in _values.Keys)
            if (!known.Contains(name))
                throw Bad(name, $"'{Names[name]}' is not answered here: leave it out.");
        return this;
    }

    /// <summary>The problem of a wrong parameter.</summary>
    public ProblemException Bad(string parameter, string detail, IReadOnlyList<string>? allowed = null) =>
        Names.Bad(parameter, detail, allowed);

    /// <summary>The problem of a cursor that is not one of ours.</summary>
    public ProblemException BadPage() =>
        Bad("page", $"'{Names["page"]}' must be the '{Names["nextPage"]}' of the answer before, to the same query.");

    /// <summary>Every value of a parameter that may be repeated.</summary>
    public IReadOnlyList<string> All(string name) => _values.GetValueOrDefault(name) ?? [];

    /// <summary>The value of a parameter, or null when it is not there.</summary>
    public string? Single(string name)
    {
        if (!_values.TryGetValue(name, out var values))
            return null;
        if (values.Count > 1)
            throw Bad(name, $"'{Names[name]}' is given {values.Count} times; it can have one value.");
        return values[0];
    }

    /// <summary>One of some words, by its index; null when it is not there.</summary>
    public int? Choice(string name, IReadOnlyList<string> allowed)
    {
        if (Single(name) is not { } value)
            return null;
        for (var i = 0; i < allowed.Count; i++)
            if (allowed[i] == value)
                return i;
        throw Bad(name, $"'{Names[name]}' cannot be '{value}'.{Suggestion.For(value, allowed)}", allowed);
    }

    /// <summary>A calendar day.</summary>
    public DateOnly? Day(string name)
    {
        if (Single(name) is not { } value)
            return null;
        if (!DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            || day.Year is < 1970 or > 2200)
            throw Bad(name, $"'{Names[name]}' must be a day such as 2025-01-31, from 1970 to 2200; it is '{value}'.", ["yyyy-MM-dd"]);
        return day;
    }

    /// <summary>A whole number within limits.</summary>
    public long? Number(string name, long min, long max)
    {
        if (Single(name) is not { } value)
            return null;
        if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number < min || number > max)
            throw Bad(name, $"'{Names[name]}' must be a whole number from {min} to {max}; it is '{value}'.", [$"{min}..{max}"]);
        return number;
    }

    /// <summary>A decimal number within limits.</summary>
    public decimal? Decimal(string name, decimal min, decimal max) =>
        Single(name) is { } value ? DecimalOf(name, Names[name], value, min, max) : null;

    /// <summary>A decimal number within limits that stands in a parameter.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="what">What the number is.</param>
    public decimal DecimalOf(string parameter, string what, string value, decimal min, decimal max)
    {
        const NumberStyles style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        if (!decimal.TryParse(value, style, CultureInfo.InvariantCulture, out var number) || number < min || number > max)
            throw Bad(
                parameter,
                string.Create(CultureInfo.InvariantCulture, $"'{what}' must be a number from {min} to {max}; it is '{value}'."),
                [string.Create(CultureInfo.InvariantCulture, $"{min}..{max}")]);
        return number;
    }

    /// <summary>
    /// A list, in a query string joined by commas and perhaps repeated. Null when it is not there.
    /// </summary>
    public IReadOnlyList<string>? List(string name)
    {
        if (!_values.TryGetValue(name, out var values))
            return null;
        return Names.AreFields
            ? [.. values.Distinct()]
            : [.. values.SelectMany(v => v.Split(',', StringSplitOptions.TrimEntries)).Distinct()];
    }
}
