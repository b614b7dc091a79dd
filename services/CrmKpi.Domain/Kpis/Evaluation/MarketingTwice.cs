using CrmKpi.Domain.Campaigns;
using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>
/// Finds spending on marketing that stands in a period both as the cost of advertisements (<c>ad.performance</c>) and as a
/// recorded cost (<c>cost.recorded</c>) of the same channel or campaign: then it probably is the same money, counted twice.
/// </summary>
internal static class MarketingTwice
{
    /// <summary>The code of the warning.</summary>
    public const string Code = "marketing_cost_twice";

    private const int NamedMax = 5;

    /// <summary>Whether a formula counts costs of marketing.</summary>
    public static bool MayConcern(Formula formula) => formula.Readings.OfType<Flow>().Any(
        f => f.Measure == Measures.Cost
            && (f.Only is not { Dimension: Dimensions.Category } only || only.Values.Contains(AdDay.CostCategory)));

    public static void Warn(CubeSnapshot snapshot, KpiQuery query, Action<string, KpiOutput?, Text> add)
    {
        var concerned = query.Outputs.Where(o => MayConcern(o.Formula) && Counts(o.Formula)).ToList();
        if (concerned.Count == 0)
            return;
        var advertised = Sums(snapshot, query, Measures.AdCost);
        if (advertised.Count == 0)
            return;
        // The cost of advertisements stands among all costs: what is left is what was recorded.
        var recorded = Sums(snapshot, query, Measures.Cost);
        foreach (var (spent, micros) in advertised)
            recorded[spent] = recorded.GetValueOrDefault(spent) - micros;
        var told = recorded.Where(r => r.Value != 0).Select(r => (r.Key.Channel, r.Key.Campaign)).ToHashSet();
        var twice = advertised.Keys.Select(a => (a.Channel, a.Campaign)).Distinct()
            .Where(a => told.Contains(a) || told.Contains((a.Channel, null)) || told.Contains((null, a.Campaign)))
            .OrderBy(a => a.Channel, StringComparer.Ordinal).ThenBy(a => a.Campaign, StringComparer.Ordinal).ToList();
        if (twice.Count == 0)
            return;
        foreach (var output in concerned)
            add(Code, output, Detail(twice));

        bool Counts(Formula formula) => formula.Readings.OfType<Flow>().Any(f => f.Measure == Measures.Cost
            && (f.Categories == ValueSet.All || snapshot.Settings.CacCategories.Contains(AdDay.CostCategory)));
    }

    // Exact, hence by currency and not converted.
    private static Dictionary<(string? Channel, string? Campaign, string? Currency), Int128> Sums(
        CubeSnapshot snapshot, KpiQuery query, Measure measure)
    {
        var sums = new Dictionary<(string?, string?, string?), Int128>();
        var column = snapshot.Column(measure);
        var end = column.FirstAtOrAfter(query.Period.To);
        for (var i = column.FirstAtOrAfter(query.Period.From); i < end; i++)
        {
            var set = snapshot.DimensionSets[column.Dims[i]];
            if (measure == Measures.AdCost)
                set = set.With(Dimensions.Category, AdDay.CostCategory);
            else if (set[Dimensions.Category] != AdDay.CostCategory)
                continue;
            if (!query.Filters.All(f => f.Keeps(set)))
                continue;
            var key = (set[Dimensions.Channel], set[Dimensions.Campaign], set[Dimensions.Currency]);
            sums[key] = sums.GetValueOrDefault(key) + column.Sums[i];
        }
        return sums;
    }

    private static Text Detail(List<(string? Channel, string? Campaign)> twice)
    {
        var names = string.Join(", ", twice.Take(NamedMax).Select(t => $"{t.Channel} / {t.Campaign}"))
            + (twice.Count > NamedMax ? $" (+{twice.Count - NamedMax})" : "");
        return new(
            $"Затраты на маркетинг, возможно, учтены дважды: из рекламы (ad.performance) и внесённые (cost.recorded) для {names}.",
            $"Marketing costs may be counted twice, as costs of advertisements (ad.performance) and as recorded ones "
            + $"(cost.recorded), for {names}.");
    }
}
