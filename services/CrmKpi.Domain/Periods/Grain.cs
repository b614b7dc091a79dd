namespace CrmKpi.Domain.Periods;

/// <summary>The calendar unit into which a period is cut.</summary>
public enum Grain
{
    /// <summary>Not cut: one value for the whole period.</summary>
    None,
    Day,

    /// <summary>ISO 8601: Monday to Sunday.</summary>
    Week,
    Month,
    Quarter,
    Year,

    /// <summary>Quarter counted from the tenant's first month of the fiscal year.</summary>
    FiscalQuarter,
    FiscalYear,
}

/// <summary>The names of the API.</summary>
public static class Grains
{
    /// <summary>In the order of the enum.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["none", "day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year"];

    /// <summary>The API name.</summary>
    public static string NameOf(Grain grain) => Names[(int)grain];

    /// <summary>The grain of an API name, or null.</summary>
    public static Grain? Parse(string name)
    {
        for (var i = 0; i < Names.Count; i++)
            if (Names[i] == name)
                return (Grain)i;
        return null;
    }

    /// <summary>The first day of the unit that <paramref name="day"/> lies in.</summary>
    /// <param name="fiscalStartMonth">First month of the fiscal year, 1 to 12.</param>
    public static DateOnly StartOf(Grain grain, DateOnly day, int fiscalStartMonth) => grain switch
    {
        Grain.Day => day,
        Grain.Week => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
        Grain.Month => new DateOnly(day.Year, day.Month, 1),
        Grain.Quarter => MonthsBack(day, (day.Month - 1) % 3),
        Grain.Year => new DateOnly(day.Year, 1, 1),
        Grain.FiscalQuarter => MonthsBack(day, (day.Month - fiscalStartMonth + 12) % 3),
        Grain.FiscalYear => MonthsBack(day, (day.Month - fiscalStartMonth + 12) % 12),
        _ => throw new ArgumentOutOfRangeException(nameof(grain), grain, "A period that is not cut has no unit."),
    };

    /// <summary>The first day of the next unit, given the first day of one.</summary>
    public static DateOnly NextStart(Grain grain, DateOnly start) => grain switch
    {
        Grain.Day => start.AddDays(1),
        Grain.Week => start.AddDays(7),
        Grain.Month => start.AddMonths(1),
        Grain.Quarter or Grain.FiscalQuarter => start.AddMonths(3),
        Grain.Year or Grain.FiscalYear => start.AddMonths(12),
        _ => throw new ArgumentOutOfRangeException(nameof(grain), grain, "A period that is not cut has no unit."),
    };

    private static DateOnly MonthsBack(DateOnly day, int months) =>
        new DateOnly(day.Year, day.Month, 1).AddMonths(-months);
}
