using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Kpis.Roi;

/// <summary>Finds where a return says less than it seems to: the rules of the method.</summary>
internal static class RoiWarnings
{
    private const int MonthsOfYear = 12;

    public static IReadOnlyList<KpiWarning> Of(
        CubeSnapshot snapshot, RoiQuery query, IReadOnlyList<CategoryAmount> recorded, IReadOnlyList<Derivation> derived,
        CancellationToken ct)
    {
        var roi = new KpiQuery([RoiQuery.Roi], query.Period, Grain.None, ComparisonKind.None, [], [], query.Today)
        {
            Language = query.Language,
        };
        var found = Evaluator.Answer(snapshot, roi, ct).Warnings.ToList();
        if (query.Source == BenefitSource.Recorded)
            return found;
        if (query.Source == BenefitSource.Derived)
            found.RemoveAll(w => w.Code == "benefits_missing");
        AddBaseline(query, derived, Add);
        var twice = query.Source == BenefitSource.Both
            ? derived.Where(d => d.Value is not null).Select(d => d.Category).Intersect(recorded.Select(r => r.Category)).ToList()
            : [];
        if (twice.Count > 0)
            Add("derived_and_recorded_overlap", new(
                $"И внесено, и выведено: {string.Join(", ", twice)}. Одна и та же выгода может считаться дважды.",
                $"Both recorded and derived: {string.Join(", ", twice)}. The same benefit may be counted twice."));
        return found;

        void Add(string code, Text detail) => found.Add(new KpiWarning(code, null, detail.In(query.Language)));
    }

    private static void AddBaseline(RoiQuery query, IReadOnlyList<Derivation> derived, Action<string, Text> add)
    {
        if (query.Baseline is not { } baseline)
        {
            if (derived.SelectMany(d => d.Inputs).Any(i => i.Origin == InputOrigin.Missing))
                add("baseline_missing", new(
                    "Нет базового периода: задайте его (PUT …/baseline) или параметрами baselineFrom и baselineTo.",
                    "There is no baseline: set one by PUT …/baseline, or name it by baselineFrom and baselineTo."));
            return;
        }
        if (query.Period.Overlaps(baseline))
            add("baseline_overlaps", new(
                "Базовый период пересекается с самим периодом: часть изменения не видна.",
                "The baseline has days in common with the period: part of the change does not show."));
        if (MonthsIn(baseline) != MonthsIn(query.Period))
            add("seasonality", new(
                "Периоды из разных месяцев года: часть изменения может быть сезонной.",
                "The periods are of different months of the year: part of the change may be the season's."));
        if (derived.All(d => d.Value is null))
            add("nothing_derived", new(
                "Ни одна выгода не выводится: чего не хватает, указано у каждой (origin: missing).",
                "No benefit can be derived: what is missing stands with each (origin: missing)."));
    }

    // The months of the year that a period touches, one bit each.
    private static int MonthsIn(Period period)
    {
        var (months, first) = (0, Period.MonthNumber(period.FromDate));
        var last = Math.Min(Period.MonthNumber(period.ToDate.AddDays(-1)), first + MonthsOfYear - 1);
        for (var month = first; month <= last; month++)
            months |= 1 << (month % MonthsOfYear);
        return months;
    }
}
