using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>A checked request for KPIs of one tenant.</summary>
/// <param name="Outputs">What was asked for, in this order.</param>
/// <param name="Period">In tenant days.</param>
/// <param name="Grain">How the period is cut.</param>
/// <param name="Compare">With what each value is compared.</param>
/// <param name="GroupBy">Null = the KPI's own default split.</param>
/// <param name="Filters">Each must hold.</param>
/// <param name="Today">The tenant's today: a period that reaches beyond it is not over.</param>
public sealed record KpiQuery(
    IReadOnlyList<KpiOutput> Outputs, Period Period, Grain Grain, ComparisonKind Compare, IReadOnlyList<Dimensions>? GroupBy,
    IReadOnlyList<DimensionFilter> Filters, DateOnly Today)
{
    /// <summary>The most KPIs of one query.</summary>
    public const int OutputsMax = 60;

    /// <summary>The most groups of one page.</summary>
    public const int GroupsMax = 1_000;

    /// <summary>The groups of a page when the query does not say.</summary>
    public const int GroupsDefault = 100;

    /// <summary>The most values per KPI and period, over all groups and parts.</summary>
    public const int PointsMax = 200_000;

    /// <summary>Under <c>compare=year</c>: the same weekdays instead of the same days.</summary>
    public bool MatchWeekday { get; init; }

    /// <summary>The period to compare with under <c>compare=custom</c>.</summary>
    public Period? CompareWith { get; init; }

    /// <summary>How the period compared with is found.</summary>
    public ComparisonRule ComparisonIn(TenantSettings settings) =>
        new(Compare, MatchWeekday, Compare == ComparisonKind.Baseline ? settings.Baseline : CompareWith);

    /// <summary>How many groups of each KPI are passed over.</summary>
    public int SkipGroups { get; init; }

    /// <summary>How many groups of each KPI are answered, largest first.</summary>
    public int TakeGroups { get; init; } = GroupsDefault;

    /// <summary>The language of the warnings.</summary>
    public Language Language { get; init; } = Language.En;

    /// <summary>The dimensions that an output is split by.</summary>
    public IReadOnlyList<Dimensions> GroupByOf(KpiOutput output) =>
        GroupBy ?? (output.Kpi.DefaultSplit == Dimensions.None ? [] : [output.Kpi.DefaultSplit]);

    /// <summary>Every measure that the answer needs, those for its warnings included.</summary>
    public IReadOnlyCollection<Measure> Measures =>
        Outputs.SelectMany(o => o.Formulas).SelectMany(f => f.Measures).Append(Cube.Measures.FxRate)
            .Concat(Outputs.Any(o => MarketingTwice.MayConcern(o.Formula)) ? [Cube.Measures.AdCost] : []).ToHashSet();
}
