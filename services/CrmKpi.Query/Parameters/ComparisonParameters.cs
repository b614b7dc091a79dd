using CrmKpi.Domain.Periods;
using CrmKpi.Hosting.Problems;

namespace CrmKpi.Query.Parameters;

/// <summary>
/// The parameters <c>compare</c>, <c>match</c> (with <c>compare=year</c>), <c>compareFrom</c> and <c>compareTo</c> (with
/// <c>compare=custom</c>; the day after the last).
/// </summary>
internal static class ComparisonParameters
{
    public static readonly string[] Names = ["compare", "match", "compareFrom", "compareTo"];

    /// <summary>The problem that there is no baseline.</summary>
    public static ProblemException NoBaseline(ParameterNames names) => names.Bad(
        "compare",
        "There is no baseline to compare with: set one by PUT /v1/tenants/{tenant}/baseline with 'from' and 'to', "
        + $"or name a period by {names.Asking("compare", "custom")}.");

    private static readonly string[] Matches = ["date", "weekday"];

    public static ComparisonRule Read(QueryParameters parameters)
    {
        var names = parameters.Names;
        var kind = (ComparisonKind)(parameters.Choice("compare", Comparison.Names) ?? 0);
        var match = parameters.Choice("match", Matches);
        if (match is not null && kind != ComparisonKind.Year)
            throw names.Bad(
                "match", $"'{names["match"]}' says how years are compared: add {names.Asking("compare", "year")}.");
        var (from, to) = (parameters.Day("compareFrom"), parameters.Day("compareTo"));
        if (kind != ComparisonKind.Custom)
            return from is null && to is null
                ? new ComparisonRule(kind, match == 1)
                : throw names.Bad(
                    from is null ? "compareTo" : "compareFrom",
                    $"'{names["compareFrom"]}' and '{names["compareTo"]}' are for {names.Asking("compare", "custom")}.");
        if (from is not { } first || to is not { } end)
            throw names.Bad(
                from is null ? "compareFrom" : "compareTo",
                $"{names.Asking("compare", "custom")} needs the period: '{names["compareFrom"]}' and '{names["compareTo"]}'.");
        if (first >= end || end.DayNumber - first.DayNumber > Period.DaysMax)
            throw names.Bad(
                "compareFrom",
                $"The period compared with must have 1 to {Period.DaysMax} days; it is from {first:yyyy-MM-dd} to {end:yyyy-MM-dd}, "
                + "the day after the last one.");
        return new ComparisonRule(kind, Other: new Period(first, end));
    }
}
