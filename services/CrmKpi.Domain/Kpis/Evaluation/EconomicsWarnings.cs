using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>Finds what makes a KPI of costs and benefits say less than it seems to.</summary>
internal static class EconomicsWarnings
{
    public static void Warn(CubeSnapshot snapshot, KpiQuery query, KpiOutput output, Action<string, KpiOutput?, Text> add)
    {
        var period = query.Period;
        if (output.Kpi.MonthsMin is > 0 and var months && period.FromDate.AddMonths(months) > period.ToDate)
            add($"period_too_short_for_{output.Kpi.Id}", output, new(
                $"Период короче {months} месяцев: затраты уже видны, а выгода ещё не вся.",
                $"The period is shorter than {months} months: the costs show already, not all of the benefits do."));
        var flows = output.Formula.Readings.OfType<Flow>().ToList();
        if (flows.Any(f => f.Measure == Measures.Cost && !IsRecorded(snapshot, query, f)))
            add("costs_missing", output, new(
                "За период не внесены затраты, которые здесь считаются.",
                "Of the costs that count here none is recorded for the period."));
        if (flows.Any(f => f.Measure == Measures.Benefit && !IsRecorded(snapshot, query, f)))
            add("benefits_missing", output, new(
                "За период не внесена выгода.", "No benefits are recorded for the period."));
    }

    private static bool IsRecorded(CubeSnapshot snapshot, KpiQuery query, Flow flow)
    {
        var column = snapshot.Column(flow.Measure);
        var end = column.FirstAtOrAfter(query.Period.To);
        for (var i = column.FirstAtOrAfter(query.Period.From); i < end; i++)
            if (Counts(snapshot.DimensionSets[column.Dims[i]]))
                return true;
        return false;

        bool Counts(DimensionSet set) => flow.Only?.Holds(set) != false && (flow.Categories == ValueSet.All
            || (set[Dimensions.Category] is { } category && snapshot.Settings.CacCategories.Contains(category)));
    }
}
