using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Kpis.Targets;

/// <summary>What can be wanted of a KPI: the values it can have, for whom it can be split.</summary>
public static class TargetValue
{
    /// <summary>The least and the greatest value; null = open.</summary>
    public static (decimal? Low, decimal? High) RangeOf(KpiOutput output) => output.Kpi.Unit switch
    {
        KpiUnit.Percent when output.Sample.Kind == SampleKind.Share => (0, 100),
        KpiUnit.Points => (-100, 100),
        KpiUnit.Score => (0, 5),
        KpiUnit.Count or KpiUnit.Days or KpiUnit.Minutes or KpiUnit.Years or KpiUnit.PerYear => (0, null),
        _ => (null, null),
    };

    /// <summary>Whether a KPI has the dimensions that a target is for; a target that does not suit is passed over.</summary>
    public static bool Suits(this Target target, KpiOutput output) =>
        target.Filters.All(f => (output.Kpi.Dimensions & f.Dimension) != 0);

    /// <summary>Whether a KPI can have this value.</summary>
    public static bool Fits(KpiOutput output, decimal value) => value == Clamp(output, value);

    /// <summary>The value nearest to <paramref name="value"/> that a KPI can have.</summary>
    public static decimal Clamp(KpiOutput output, decimal value)
    {
        var (low, high) = RangeOf(output);
        return Math.Min(Math.Max(value, low ?? value), high ?? Math.Max(value, low ?? value));
    }
}
