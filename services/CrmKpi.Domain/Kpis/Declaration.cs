namespace CrmKpi.Domain.Kpis;

/// <summary>Short declarations of KPIs with one statistic.</summary>
internal static class Declaration
{
    /// <summary>A KPI; norm, source and default split are added with <c>with</c>.</summary>
    public static Kpi Declare(
        this KpiArea area, string id, Text name, Text meaning, KpiUnit unit, Better better, Formula formula,
        Sample? sample = null) => new()
        {
            Id = id,
            Area = area,
            Name = name,
            Meaning = meaning,
            Unit = unit,
            Better = better,
            Variants = [new("", formula, sample ?? Sample.None)],
        };
}
