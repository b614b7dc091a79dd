using CrmKpi.Domain.Periods;

namespace CrmKpi.Query.Parameters;

/// <summary>
/// The parameters <c>compare</c>, <c>match</c> (with <c>compare=year</c>), <c>compareFrom</c> and <c>compareTo</c> (with
/// <c>compare=custom</c>; the day after the last).
/// </summary>
internal static class ComparisonParameters
{
    public static readonly string[] Names = ["compare", "match", "compareFrom", "compareTo"];

    /// <summary>What to do when there is no baseline.</summary>
    public const string NoBaseline =
        "There is no baseline to compare with: set one by PUT /v1/tenants/{tenant}/baseline with 'from' and 'to', "
        + "or name a period by compare=custom.";

    private static readonly string[] Matches = ["date", "weekday"];

    public static ComparisonRule Read(QueryParameters parameters)
    {
        var kind = (ComparisonKind)(parameters.Choice("compare", Comparison.Names) ?? 0);
        var match = parameters.Choice("match", Matches);
        if (match is not null && kind != ComparisonKind.Year)
            throw QueryParameters.Bad("match", "'match' says how years are compared: add compare=year.");
        var (from, to) = (parameters.Day("compareFrom"), parameters.Day("compareTo"));
        if (kind != ComparisonKind.Custom)
            return from is null && to is null
                ? new ComparisonRule(kind, match == 1)
                : throw QueryParameters.Bad(
                    from is null ? "compareTo" : "compareFrom", "'compareFrom' and 'compareTo' are for compare=custom.");
        if (from is not { } first || to is not { } end)
            throw QueryParameters.Bad(
                from is null ? "compareFrom" : "compareTo", "compare=custom needs the period: 'compareFrom' and 'compareTo'.");
        if (first >= end || end.DayNumber - first.DayNumber > Period.DaysMax)
            throw QueryParameters.Bad(
                "compareFrom",
                $"The period compared with must have 1 to {Period.DaysMax} days; it is from {first:yyyy-MM-dd} to {end:yyyy-MM-dd}, "
                + "the day after the last one.");
        return new ComparisonRule(kind, Other: new Period(first, end));
    }
}
