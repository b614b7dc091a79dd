namespace CrmKpi.Domain.Kpis.Roi;

/// <summary>When benefits have covered costs.</summary>
/// <param name="Months">Months since the start; the first is 1.</param>
/// <param name="By">The day after the last of that month.</param>
public sealed record PaybackTime(int Months, DateOnly By)
{
    /// <summary>
    /// The first month at whose end all benefits so far are at least all costs so far. Months are counted from the launch of
    /// the CRM, else from the first cost; what was spent before the launch counts.
    /// </summary>
    /// <param name="flows">Sorted by day.</param>
    /// <param name="until">Only months that are over by this day count.</param>
    /// <returns>Null when the costs are not covered, or there are none.</returns>
    public static PaybackTime? Of(IReadOnlyList<CashFlow> flows, DateOnly? launched, int until)
    {
        if (StartOf(flows, launched) is not { } start)
            return null;
        Int128 cost = 0, benefit = 0;
        var next = 0;
        for (var month = 1; start.AddMonths(month).DayNumber <= until; month++)
        {
            var end = start.AddMonths(month);
            for (; next < flows.Count && flows[next].Day < end.DayNumber; next++)
                (cost, benefit) = (cost + flows[next].Cost, benefit + flows[next].Benefit);
            if (cost > 0 && benefit >= cost)
                return new PaybackTime(month, end);
            if (next == flows.Count)
                return null;
        }
        return null;
    }

    /// <summary>The day from which months are counted; null without a launch and without a cost.</summary>
    public static DateOnly? StartOf(IReadOnlyList<CashFlow> flows, DateOnly? launched)
    {
        if (launched is not null)
            return launched;
        foreach (var flow in flows)
            if (flow.Cost > 0)
                return DateOnly.FromDayNumber(flow.Day);
        return null;
    }
}
