namespace CrmKpi.Domain.Periods;

/// <summary>With what a period is compared.</summary>
public enum ComparisonKind
{
    None,

    /// <summary>The same length directly before: as many whole months for whole months, else as many days.</summary>
    Previous,

    /// <summary>The same calendar days of the year before.</summary>
    Year,
}

/// <summary>Finds the period that another one, or a part of it, is compared with.</summary>
public static class Comparison
{
    /// <summary>The names of the API.</summary>
    public static IReadOnlyList<string> Names { get; } = ["none", "previous", "year"];

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

    /// <summary>The period that <paramref name="whole"/> is compared with; null for none.</summary>
    public static Period? Of(Period whole, ComparisonKind kind) => kind switch
    {
        ComparisonKind.Previous => Previous(whole),
        ComparisonKind.Year => YearBefore(whole),
        _ => null,
    };

    /// <summary>
    /// The part of the comparison period that a part of the whole period is compared with: under <c>previous</c>, months with
    /// the month as many months before and days with the day of the same position; null when the comparison period is
    /// shorter and has no such part.
    /// </summary>
    public static Period? OfPart(Period whole, Period part, ComparisonKind kind)
    {
        if (kind == ComparisonKind.None)
            return null;
        if (kind == ComparisonKind.Year)
            return YearBefore(part);
        var before = Previous(whole);
        if (part == whole)
            return before;
        if (whole.WholeMonths > 0 && part.WholeMonths > 0)
            return new Period(part.FromDate.AddMonths(-whole.WholeMonths), part.ToDate.AddMonths(-whole.WholeMonths));
        var from = before.From + (part.From - whole.From);
        var to = Math.Min(before.From + (part.To - whole.From), before.To);
        return from < to ? new Period(from, to) : null;
    }
}
