using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;

namespace CrmKpi.Domain.Costs;

/// <summary>Which costs are those of the CRM: all but marketing and the salaries of sales.</summary>
public static class CrmCosts
{
    /// <summary>Their categories.</summary>
    public static IReadOnlyList<string> Categories { get; } =
    [
        "license", "implementation", "integration", "training", "support", "administration", "development", "staff_time",
        "other",
    ];

    /// <summary>Keeps the cells of these categories.</summary>
    public static Restriction Only { get; } = new(Dimensions.Category, [.. Categories]);
}
