using System.Text.RegularExpressions;

namespace CrmKpi.Connectors.Csv.Mapping;

/// <summary>What a column must be like for a rule to apply. An empty column equals nothing and matches nothing.</summary>
public abstract record Condition(int Slot)
{
    /// <summary>The value is one of these (compared exactly), or none of them.</summary>
    public sealed record In(int Slot, IReadOnlySet<string> Values, bool Not) : Condition(Slot);

    /// <summary>The column is empty, or is not.</summary>
    public sealed record Empty(int Slot, bool Expected) : Condition(Slot);

    /// <summary>The value matches a regular expression (anywhere in it unless anchored).</summary>
    public sealed record Matches(int Slot, Regex Pattern) : Condition(Slot);

    internal bool Holds(in Row row)
    {
        var value = row[Slot];
        return this switch
        {
            In c => value is null ? c.Not : c.Values.Contains(value) != c.Not,
            Empty c => value is null == c.Expected,
            Matches c => value is not null && c.Pattern.IsMatch(value),
            _ => throw new NotSupportedException(GetType().Name),
        };
    }
}
