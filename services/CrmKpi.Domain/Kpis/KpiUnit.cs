namespace CrmKpi.Domain.Kpis;

/// <summary>The unit in which a KPI's value is shown. Shares are shown as percent: 0.105 is the value 10.5 in <c>%</c>.</summary>
public enum KpiUnit
{
    /// <summary><c>%</c>: a hundred times the ratio of numerator and denominator.</summary>
    Percent,

    /// <summary><c>count</c>.</summary>
    Count,

    /// <summary><c>money</c>: units of the tenant's currency.</summary>
    Money,

    /// <summary><c>days</c> of 24 hours.</summary>
    Days,

    /// <summary><c>minutes</c>.</summary>
    Minutes,

    /// <summary><c>years</c> of 365 days.</summary>
    Years,

    /// <summary><c>score</c> from 0 to 5.</summary>
    Score,

    /// <summary><c>points</c> from −100 to 100: a hundred times the ratio of numerator and denominator.</summary>
    Points,

    /// <summary><c>ratio</c>: a plain number.</summary>
    Ratio,

    /// <summary><c>per_year</c>: times per customer and year.</summary>
    PerYear,

    /// <summary><c>per_week</c>: times per user and week.</summary>
    PerWeek,

    /// <summary><c>money_per_day</c>: units of the tenant's currency a day.</summary>
    MoneyPerDay,

    /// <summary><c>months</c>.</summary>
    Months,
}

/// <summary>Names and scales of units.</summary>
public static class KpiUnits
{
    private static readonly string[] Codes =
        ["%", "count", "money", "days", "minutes", "years", "score", "points", "ratio", "per_year", "per_week", "money_per_day", "months"];

    /// <summary>The code of the API.</summary>
    public static string Code(this KpiUnit unit) => Codes[(int)unit];

    /// <summary>All codes.</summary>
    public static IReadOnlyList<string> All => Codes;

    /// <summary>The unit of a code, or null.</summary>
    public static KpiUnit? Parse(string code) => Array.IndexOf(Codes, code) is >= 0 and var i ? (KpiUnit)i : null;

    /// <summary>What the formula's result is multiplied by to be shown.</summary>
    public static decimal Scale(this KpiUnit unit) => unit is KpiUnit.Percent or KpiUnit.Points ? 100 : 1;

    /// <summary>Milliseconds in the time unit of durations in this KPI's formula.</summary>
    public static long Milliseconds(this KpiUnit unit) => unit == KpiUnit.Minutes ? 60_000 : 86_400_000;
}
