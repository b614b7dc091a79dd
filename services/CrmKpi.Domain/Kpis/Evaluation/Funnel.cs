using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>A stage of the funnel.</summary>
/// <param name="Id">Null = deals without a stage.</param>
/// <param name="Semantic">Null when the tenant's settings do not define the stage.</param>
/// <param name="Conversion">Numerator = advanced, denominator = entered in the period.</param>
/// <param name="TimeMean">Days per finished visit.</param>
/// <param name="Stuck">Numerator = stuck, denominator = open at the end of the period.</param>
public sealed record FunnelStage(
    string? Id, string? Name, StageSemantic? Semantic, KpiValue Conversion, KpiValue TimeMean, KpiValue TimeMedian,
    KpiValue TimeP90, KpiValue Stuck, decimal OpenAmount, decimal Lost, decimal LostAmount);

/// <summary>A pipeline in a period: its stages in order, and lead → deal → won in short.</summary>
/// <param name="Leads">Leads created in the period; leads have no pipeline.</param>
/// <param name="WinRate">Of the deals closed in the period.</param>
public sealed record FunnelAnswer(
    string? Pipeline, Period Period, IReadOnlyList<FunnelStage> Stages, KpiValue Leads, KpiValue Deals, KpiValue Won,
    KpiValue Lost, KpiValue WinRate, IReadOnlyList<KpiWarning> Warnings);

/// <summary>Answers the funnel of a pipeline.</summary>
public static class Funnel
{
    /// <summary>The most stages of an answer; a real pipeline has a dozen.</summary>
    public const int StagesMax = 200;

    private static readonly IReadOnlyList<KpiOutput> StageOutputs = Outputs(
        "stage_conversion", "stage_time.mean", "stage_time.median", "stage_time.p90", "stuck_deals_share", "pipeline_value",
        "deals_lost", "lost_amount");

    private static readonly IReadOnlyList<KpiOutput> DealOutputs =
        Outputs("deals_created", "deals_won", "deals_lost", "win_rate");

    private static readonly IReadOnlyList<KpiOutput> LeadOutputs = Outputs("leads_created");

    /// <summary>What the snapshot must hold.</summary>
    public static IReadOnlyCollection<Measure> Measures { get; } = StageOutputs.Concat(DealOutputs).Concat(LeadOutputs)
        .SelectMany(o => o.Formulas).SelectMany(f => f.Measures).Append(Cube.Measures.FxRate).ToHashSet();

    /// <summary>The pipelines that the settings define or that deals stand in.</summary>
    public static IReadOnlyList<string> Pipelines(CubeSnapshot snapshot) =>
    [
        .. snapshot.Settings.Pipelines.Keys
            .Concat(snapshot.DimensionSets.Select(d => d[Dimensions.Pipeline]).OfType<string>())
            .Distinct().Order(StringComparer.Ordinal),
    ];

    /// <summary>Answers the funnel.</summary>
    /// <param name="pipeline">Null = the deals of all pipelines.</param>
    /// <param name="filters">On dimensions that leads carry as well.</param>
    public static FunnelAnswer Answer(
        CubeSnapshot snapshot, string? pipeline, Period period, IReadOnlyList<DimensionFilter> filters, DateOnly today,
        Language language, CancellationToken ct = default)
    {
        IReadOnlyList<DimensionFilter> ofPipeline = pipeline is null
            ? filters
            : [.. filters, new DimensionFilter(Dimensions.Pipeline, [pipeline])];
        var query = new KpiQuery(StageOutputs, period, Grain.None, ComparisonKind.None, [Dimensions.Stage], ofPipeline, today)
        {
            TakeGroups = StagesMax,
            Language = language,
        };
        var stages = Evaluator.Answer(snapshot, query, ct);
        var deals = Evaluator.Answer(snapshot, query with { Outputs = DealOutputs, GroupBy = [] }, ct);
        var leads = Evaluator.Answer(snapshot, query with { Outputs = LeadOutputs, GroupBy = [], Filters = filters }, ct);
        var values = stages.Kpis.Select(k => k.Series.ToDictionary(s => s.Key[0] ?? "", s => s.Points[0].Value)).ToArray();
        var defined = snapshot.Settings.Pipelines.GetValueOrDefault(pipeline ?? "") ?? [];
        var known = defined.Select(s => s.Id).ToHashSet();
        // Stages that the settings do not define come behind, in the order of what entered them.
        var others = values[0].OrderByDescending(v => v.Value.Denominator).Select(v => v.Key)
            .Concat(values.SelectMany(v => v.Keys)).Where(id => !known.Contains(id)).Distinct();
        return new FunnelAnswer(
            pipeline, period,
            [
                .. defined.Select(s => Stage(s.Id, s.Name, s.Semantic, values)),
                .. others.Select(id => Stage(id, null, null, values)),
            ],
            Only(leads, 0), Only(deals, 0), Only(deals, 1), Only(deals, 2), Only(deals, 3), stages.Warnings);
    }

    private static FunnelStage Stage(
        string id, string? name, StageSemantic? semantic, Dictionary<string, KpiValue>[] values)
    {
        return new FunnelStage(
            id.Length == 0 ? null : id, name, semantic, Of(0), Of(1), Of(2), Of(3), Of(4), Of(5).Value ?? 0, Of(6).Value ?? 0,
            Of(7).Value ?? 0);

        KpiValue Of(int output) => values[output].GetValueOrDefault(id) ?? new KpiValue(null, 0, 0, 0, null);
    }

    private static KpiValue Only(KpiAnswer answer, int output) => answer.Kpis[output].Series[0].Points[0].Value;

    private static IReadOnlyList<KpiOutput> Outputs(params string[] ids) => [.. ids.Select(id => Catalogue.Resolve(id)!)];
}
