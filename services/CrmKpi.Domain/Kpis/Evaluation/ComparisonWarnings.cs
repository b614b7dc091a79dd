using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>Finds what the reader of a comparison must know.</summary>
internal static class ComparisonWarnings
{
    // Calendar months differ by a tenth; below this nobody would call two periods unequal.
    private const double LengthTolerance = 0.15;

    public static void Warn(
        CubeSnapshot snapshot, KpiQuery query, IReadOnlyList<KpiResult> results, Action<string, KpiOutput?, Text> add)
    {
        if (query.Compare == ComparisonKind.Target)
            foreach (var result in results.Where(r => Points(r).All(p => p.Target is null)))
                add("no_target", result.Output, new(
                    "Для этого показателя цель не задана: задайте её через PUT …/targets.",
                    "This KPI has no target here: set one by PUT …/targets."));
        if (Comparison.Of(query.Period, query.ComparisonIn(snapshot.Settings)) is not { } other)
            return;
        AddCoverage(snapshot, query, other, add);
        if (results.SelectMany(Points).Any(p => p.Comparison?.Period is { } with && p.Bucket.Period.Overlaps(with)))
            add("comparison_overlaps", null, new(
                "Период сравнения пересекается с самим периодом: значимость не оценивается.",
                "The period compared with has days in common with the period itself: significance is not tested."));
        foreach (var result in results)
        {
            AddLengths(result, add);
            AddSample(result, add);
        }
    }

    private static void AddCoverage(
        CubeSnapshot snapshot, KpiQuery query, Period other, Action<string, KpiOutput?, Text> add)
    {
        if (Warnings.DaysOfData(snapshot, query) is not var (first, last) || (other.From >= first && other.From <= last))
            return;
        add("comparison_not_covered", null, new(
            $"Данные есть с {Warnings.Day(first)} по {Warnings.Day(last)}, период сравнения начинается {Warnings.Day(other.From)}.",
            $"There is data from {Warnings.Day(first)} to {Warnings.Day(last)}; the period compared with begins on "
            + $"{Warnings.Day(other.From)}."));
    }

    private static void AddLengths(KpiResult result, Action<string, KpiOutput?, Text> add)
    {
        if (result.Output.Formula.DependsOnLength() && Points(result).Any(p => p.Comparison?.Period is { } other
            && Math.Abs((double)p.Bucket.Period.Days / other.Days - 1) > LengthTolerance))
            add("lengths_differ", result.Output, new(
                "Показатель зависит от длины периода, а периоды разной длины: сравнение мало что значит.",
                "The KPI depends on the length of its period and the periods differ in length: the comparison says little."));
    }

    private static void AddSample(KpiResult result, Action<string, KpiOutput?, Text> add)
    {
        if (result.Output.Sample.Kind == SampleKind.None)
            return;
        var compared = Points(result).Select(p => p.Comparison).OfType<KpiComparison>().ToList();
        var small = compared.Count(c => c.Value.N is > 0 and < Sample.SmallBelow);
        if (small > 0)
            add("comparison_sample_too_small", result.Output, new(
                $"Значений для сравнения меньше чем из {Sample.SmallBelow} наблюдений: {small} из {compared.Count}.",
                $"Values compared with that rest on fewer than {Sample.SmallBelow} observations: {small} of {compared.Count}."));
    }

    private static IEnumerable<KpiPoint> Points(KpiResult result) => result.Series.SelectMany(s => s.Points);
}
