using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Kpis.Own;

/// <summary>
/// What a formula measures, as powers: money ÷ duration is (1, −1, 0). Counts and ratios are plain numbers, (0, 0, 0).
/// </summary>
internal readonly record struct Quantity(int Money, int Time, int Score)
{
    public static readonly Quantity Number = default;
    private static readonly Quantity OfMoney = new(1, 0, 0);
    private static readonly Quantity Duration = new(0, 1, 0);
    private static readonly Quantity OfScore = new(0, 0, 1);

    public static Quantity operator *(Quantity a, Quantity b) =>
        new(a.Money + b.Money, a.Time + b.Time, a.Score + b.Score);

    public static Quantity operator /(Quantity a, Quantity b) =>
        new(a.Money - b.Money, a.Time - b.Time, a.Score - b.Score);

    /// <summary>What a KPI of this unit measures.</summary>
    public static Quantity Of(KpiUnit unit) => unit switch
    {
        KpiUnit.Money => OfMoney,
        KpiUnit.MoneyPerDay => OfMoney / Duration,
        KpiUnit.Days or KpiUnit.Minutes or KpiUnit.Years => Duration,
        KpiUnit.PerYear or KpiUnit.PerWeek => Number / Duration,
        KpiUnit.Score => OfScore,
        KpiUnit.Percent or KpiUnit.Count or KpiUnit.Points or KpiUnit.Ratio or KpiUnit.Months => Number,
        _ => throw new InvalidOperationException($"No quantity is known for '{unit.Code()}'."),
    };

    /// <summary>What a reading measures.</summary>
    public static Quantity Of(Reading reading) => reading switch
    {
        Flow { Part: CellPart.Sum } f => Of(f.Measure.Unit),
        Flow { Part: CellPart.Squares } f => Of(f.Measure.Unit) * Of(f.Measure.Unit),
        Level { Part: CellPart.Sum } l => Of(l.Measure.Unit),
        CumulatedTo { Part: CellPart.Sum } c => Of(c.Measure.Unit),
        Quantile q => Of(q.Measure.Unit),
        RemainingTarget => Of(MeasureUnit.MoneyMicros),
        Exposure or WorkingExposure or PeriodDays => Duration,
        _ => Number,
    };

    /// <summary>True for a reading that is in days whatever the unit of its KPI.</summary>
    public static bool IsInDays(Reading reading) =>
        reading is Exposure or WorkingExposure or PeriodDays
        || (Of(reading) != Number && reading.Read.Any(m => m.Unit == MeasureUnit.Days));

    /// <summary>True for a reading that follows the time unit of its KPI.</summary>
    public static bool IsDuration(Reading reading) => Of(reading).Time != 0 && !IsInDays(reading);

    public override string ToString()
    {
        (string Name, int Power)[] parts = [("money", Money), ("duration", Time), ("score", Score)];
        var over = string.Join(" × ", parts.Where(p => p.Power > 0).Select(p => Shown(p.Name, p.Power)));
        var under = string.Join(" × ", parts.Where(p => p.Power < 0).Select(p => Shown(p.Name, -p.Power)));
        if (over.Length == 0)
            over = "a number";
        return under.Length > 0 ? $"{over} per {under}" : over;
    }

    private static Quantity Of(MeasureUnit unit) => unit switch
    {
        MeasureUnit.MoneyMicros => OfMoney,
        MeasureUnit.Milliseconds or MeasureUnit.Days => Duration,
        MeasureUnit.ScoreMicros => OfScore,
        _ => Number,
    };

    private static string Shown(string name, int power) => power == 1 ? name : $"{name}^{power}";
}
