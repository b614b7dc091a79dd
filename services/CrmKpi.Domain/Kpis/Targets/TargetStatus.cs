using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;
using CrmKpi.Domain.Statistics;

namespace CrmKpi.Domain.Kpis.Targets;

/// <summary>Where the trend since a target's start leads by its due day.</summary>
/// <param name="Value">As the target counts it, within what the KPI can be.</param>
/// <param name="Attainment">In percent of the target.</param>
/// <param name="Grain">The parts whose values the line of least squares goes through.</param>
/// <param name="N">How many there are.</param>
/// <param name="RSquared">The share of their variance that the line explains; null when all are equal.</param>
public sealed record TargetForecast(decimal Value, decimal Attainment, Grain Grain, int N, double? RSquared);

/// <summary>Where a target stands today.</summary>
/// <param name="Expected">What its path expects today.</param>
/// <param name="Value">
/// The KPI's value over the last <see cref="TargetLines.DaysOfValue"/> full days, for a sum over days per unit of time.
/// </param>
/// <param name="Attainment">In percent of <paramref name="Expected"/>.</param>
/// <param name="AttainmentOfTarget">In percent of the target's own value.</param>
/// <param name="Forecast">Null when the due day is over, and with fewer than <see cref="Line.PointsMin"/> values.</param>
public sealed record TargetStatus(
    TargetLine Line, decimal Expected, decimal? Value, decimal? Attainment, decimal? AttainmentOfTarget, TargetForecast? Forecast)
{
    // Up to half a year of weeks shows more than a few months.
    private const int DaysInWeeksMax = 183;

    // Beyond this a trend is nonsense, and the bound keeps it a decimal.
    private const double TrendMax = 1e15;

    /// <summary>The period over which the value of today is taken.</summary>
    public static Period PeriodOf(DateOnly today) => new(today.AddDays(-TargetLines.DaysOfValue), today);

    /// <summary>Where a target stands; the snapshot must hold the measures of the KPI.</summary>
    public static TargetStatus Of(
        CubeSnapshot snapshot, Target target, KpiOutput output, DateOnly today, CancellationToken ct = default)
    {
        var lines = new TargetLines(snapshot, ct);
        var line = lines.LineOf(target, output);
        var (period, better) = (PeriodOf(today), output.Kpi.Better);
        var expected = line.At(today.DayNumber);
        var value = line.Rate(lines.ValueOf(output, target.Filters, [period]).At(0).Value, period);
        return new TargetStatus(
            line, expected, value, Targets.Attainment.Of(value, expected, better),
            Targets.Attainment.Of(value, target.Value, better), ForecastOf(lines, line, today));
    }

    private static TargetForecast? ForecastOf(TargetLines lines, TargetLine line, DateOnly today)
    {
        var (target, from) = (line.Target, line.Target.From.DayNumber);
        if (today > target.Due || today <= target.From)
            return null;
        var grain = today.DayNumber - from > DaysInWeeksMax ? Grain.Month : Grain.Week;
        Period[] parts =
        [
            .. PeriodBucket.Cut(new Period(target.From, today), grain, 1)!.Where(b => !b.Partial).Select(b => b.Period),
        ];
        var values = lines.ValueOf(line.Output, target.Filters, parts);
        var points = new List<(double X, double Y)>();
        for (var i = 0; i < parts.Length; i++)
            if (line.Rate(values.At(i).Value, parts[i]) is { } value)
                points.Add((parts[i].To - from, (double)value));
        if (Statistics.Line.Through(points) is not { } trend)
            return null;
        var at = Math.Clamp(trend.At(target.Due.DayNumber + 1 - from), -TrendMax, TrendMax);
        var reached = TargetValue.Clamp(line.Output, (decimal)at);
        return new TargetForecast(
            reached, Targets.Attainment.Of(reached, target.Value, line.Output.Kpi.Better)!.Value, grain, trend.N, trend.RSquared);
    }
}
