namespace CrmKpi.Domain.Periods;

/// <summary>A period [from, to) of tenant-local days, as <see cref="DateOnly.DayNumber"/>.</summary>
/// <param name="From">The first day.</param>
/// <param name="To">The day after the last.</param>
public readonly record struct Period(int From, int To)
{
    /// <summary>The longest period that may be asked for, in days: ten years.</summary>
    public const int DaysMax = 3_660;

    public Period(DateOnly from, DateOnly to) : this(from.DayNumber, to.DayNumber)
    {
    }

    /// <summary>How many days it has.</summary>
    public int Days => To - From;

    /// <summary>The first day.</summary>
    public DateOnly FromDate => DateOnly.FromDayNumber(From);

    /// <summary>The day after the last.</summary>
    public DateOnly ToDate => DateOnly.FromDayNumber(To);

    /// <summary>How many whole calendar months it is, or 0 when its borders are not the first of a month.</summary>
    public int WholeMonths =>
        FromDate.Day == 1 && ToDate.Day == 1 && To > From ? MonthNumber(ToDate) - MonthNumber(FromDate) : 0;

    /// <summary>Whether the two have a day in common.</summary>
    public bool Overlaps(Period other) => From < other.To && other.From < To;

    /// <inheritdoc/>
    public override string ToString() => $"[{FromDate:yyyy-MM-dd}, {ToDate:yyyy-MM-dd})";

    /// <summary>Months since year 0: the difference of two is a number of calendar months.</summary>
    public static int MonthNumber(DateOnly day) => day.Year * 12 + day.Month - 1;
}
