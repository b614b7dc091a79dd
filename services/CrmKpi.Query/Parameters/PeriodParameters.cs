using CrmKpi.Domain.Periods;

namespace CrmKpi.Query.Parameters;

/// <summary>
/// The parameters <c>from</c> and <c>to</c> (the day after the last), in days of the tenant's time zone. Without <c>to</c> the
/// period ends with yesterday, without <c>from</c> it has <see cref="DaysDefault"/> days.
/// </summary>
internal readonly record struct PeriodParameters(DateOnly? From, DateOnly? To, ParameterNames Names)
{
    /// <summary>The days of a period when the query does not say.</summary>
    public const int DaysDefault = 30;

    public static readonly string[] Known = ["from", "to"];

    public static PeriodParameters Read(QueryParameters parameters)
    {
        var period = new PeriodParameters(parameters.Day("from"), parameters.Day("to"), parameters.Names);
        if (period is { From: not null, To: not null })
            period.Resolve(default);
        return period;
    }

    /// <summary>The period, given the tenant's today.</summary>
    public Period Resolve(DateOnly today)
    {
        var to = To ?? today;
        var from = From ?? to.AddDays(-DaysDefault);
        if (from >= to)
            throw Names.Bad(
                From is null ? "to" : "from",
                $"The period is empty: from {from:yyyy-MM-dd} to {to:yyyy-MM-dd}. '{Names["to"]}' is the day after the last one.");
        if (to.DayNumber - from.DayNumber > Period.DaysMax)
            throw Names.Bad(
                "from", $"The period has {to.DayNumber - from.DayNumber} days; at most {Period.DaysMax} are answered.");
        return new Period(from, to);
    }
}
