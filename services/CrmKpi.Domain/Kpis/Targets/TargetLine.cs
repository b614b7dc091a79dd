using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Kpis.Targets;

/// <summary>A target with the way to it.</summary>
/// <param name="Output">The KPI that it is for.</param>
/// <param name="Start">
/// The value at the beginning, as <see cref="Target.Value"/> in the KPI's unit and, for a sum over days, per <see cref="Target.Per"/>;
/// null when it is not known: then the target's value is expected from the beginning.
/// </param>
public sealed record TargetLine(Target Target, KpiOutput Output, decimal? Start)
{
    // Of the Gregorian calendar: 146 097 days in 4 800 months.
    private const decimal DaysPerMonth = 146_097m / 4_800;

    /// <summary>Whether the target is per unit of time.</summary>
    public bool IsPerTime { get; } = Output.Formula.IsAdditive();

    /// <summary>The value expected at the end of a day, per unit of time if the target is.</summary>
    /// <param name="end">The day after, as <see cref="DateOnly.DayNumber"/>.</param>
    public decimal At(int end)
    {
        var (from, until) = (Target.From.DayNumber, Target.Due.DayNumber + 1);
        if (Start is not { } start || end >= until)
            return Target.Value;
        var reached = Target.Path == TargetPath.Stepwise
            ? Grains.StartOf(Grain.Month, DateOnly.FromDayNumber(end), 1).DayNumber : end;
        return start + (Target.Value - start) * Math.Max(0, reached - from) / (until - from);
    }

    /// <summary>The value expected of a period: that of its end, for a sum over days times its length.</summary>
    public decimal Of(Period period) => At(period.To) * (IsPerTime ? Units(Target.Per, period) : 1);

    /// <summary>A value of a period as the target counts it: a sum over days per unit of time.</summary>
    public decimal? Rate(decimal? value, Period period) => IsPerTime ? value / Units(Target.Per, period) : value;

    /// <summary>
    /// Of the targets of one KPI and group, by due day, the one that a period is on the way to: the next one due, else the last;
    /// null before any has begun.
    /// </summary>
    public static TargetLine? Valid(IReadOnlyList<TargetLine> lines, Period period)
    {
        TargetLine? last = null;
        foreach (var line in lines)
        {
            if (line.Target.From.DayNumber >= period.To)
                continue;
            last = line;
            if (line.Target.Due.DayNumber + 1 >= period.To)
                return line;
        }
        return last;
    }

    /// <summary>How many units of time a period has: whole months as they are, else by the mean length of a month.</summary>
    public static decimal Units(TargetPer per, Period period)
    {
        var months = period.WholeMonths > 0 ? period.WholeMonths : period.Days / DaysPerMonth;
        return per switch
        {
            TargetPer.Day => period.Days,
            TargetPer.Week => period.Days / 7m,
            TargetPer.Month => months,
            TargetPer.Quarter => months / 3,
            _ => months / 12,
        };
    }
}
