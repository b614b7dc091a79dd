namespace CrmKpi.Domain.Periods;

/// <summary>With what a period is compared.</summary>
public enum ComparisonKind
{
    None,

    /// <summary>The same length directly before: as many whole months for whole months, else as many days.</summary>
    Previous,

    /// <summary>The same calendar days of the year before, or the same weekdays.</summary>
    Year,

    /// <summary>The tenant's baseline as a whole.</summary>
    Baseline,

    /// <summary>What the path to the KPI's target expects: a value, not a period.</summary>
    Target,

    /// <summary>A period that the query names.</summary>
    Custom,
}

/// <summary>A kind of comparison with what it needs to find the other period.</summary>
/// <param name="MatchWeekday">Under <c>year</c>: 52 whole weeks before, so that weekdays stand against their like.</param>
/// <param name="Other">The period of the baseline, or the one that the query names.</param>
public readonly record struct ComparisonRule(ComparisonKind Kind, bool MatchWeekday = false, Period? Other = null);

/// <summary>Finds the period that another one, or a part of it, is compared with.</summary>
public static class Comparison
{
    /// <summary>Whole weeks, so that weekdays line up.</summary>
    private const int DaysOf52Weeks = 364;

    /// <summary>The names of the API.</summary>
    public static IReadOnlyList<string> Names { get; } = ["none", "previous", "year", "baseline", "target", "custom"];

    /// <summary>The kind of an API name, or null.</summary>
    public static ComparisonKind? Parse(string name)
    {
        for (var i = 0; i < Names.Count; i++)
            if (Names[i] == name)
                return (ComparisonKind)i;
        return null;
    }

    /// <summary>The period directly before: as many months when the period is whole months, else as many days.</summary>
    public static Period Previous(Period period) => period.WholeMonths is > 0 and var months
        ? new Period(period.FromDate.AddMonths(-months), period.FromDate)
        : new Period(period.From - period.Days, period.From);

    /// <summary>
    /// The same days a year before: whole months with whole months, so that a February is compared with the whole February;
    /// else first day with first day and last day with last day, 29 February with 28 February.
    /// </summary>
    public static Period YearBefore(Period period) => period.WholeMonths > 0
        ? new Period(period.FromDate.AddYears(-1), period.ToDate.AddYears(-1))
        : new Period(period.FromDate.AddYears(-1), period.ToDate.AddDays(-1).AddYears(-1).AddDays(1));

    /// <summary>
    /// The same weekdays 52 weeks before: a Monday with a Monday. A month becomes as many days that begin a day or two off the
    /// first of the month.
    /// </summary>
    public static Period WeeksBefore(Period period) => new(period.From - DaysOf52Weeks, period.To - DaysOf52Weeks);

    /// <summary>The period that <paramref name="whole"/> is compared with; null for none.</summary>
    public static Period? Of(Period whole, ComparisonRule rule) => rule.Kind switch
    {
        ComparisonKind.Previous => Previous(whole),
        ComparisonKind.Year => rule.MatchWeekday ? WeeksBefore(whole) : YearBefore(whole),
        ComparisonKind.Baseline or ComparisonKind.Custom => rule.Other,
        _ => null,
    };

    /// <summary>
    /// The period that a part of the whole period is compared with. Under <c>baseline</c> it is the whole baseline, under
    /// <c>year</c> the part's own year before; else the part of the comparison period at the same position: months with months
    /// when both periods are as many whole months, else days with days, and null where the comparison period has ended.
    /// </summary>
    public static Period? OfPart(Period whole, Period part, ComparisonRule rule)
    {
        if (rule.Kind is ComparisonKind.Year or ComparisonKind.Baseline)
            return Of(part, rule);
        if (Of(whole, rule) is not { } before || part == whole)
            return Of(whole, rule);
        if (whole.WholeMonths > 0 && part.WholeMonths > 0 && before.WholeMonths == whole.WholeMonths)
        {
            var months = Period.MonthNumber(whole.FromDate) - Period.MonthNumber(before.FromDate);
            return new Period(part.FromDate.AddMonths(-months), part.ToDate.AddMonths(-months));
        }
        var from = before.From + (part.From - whole.From);
        var to = Math.Min(before.From + (part.To - whole.From), before.To);
        return from < to ? new Period(from, to) : null;
    }

    /// <summary>
    /// Whether sums of two periods can be compared as they are: as many days, as many whole months, or the same days of two years.
    /// </summary>
    public static bool IsSameLength(Period part, Period other, ComparisonKind kind) =>
        part.Days == other.Days || kind == ComparisonKind.Year
        || (part.WholeMonths > 0 && part.WholeMonths == other.WholeMonths);
}
