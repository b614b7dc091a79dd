using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>Short questions to a snapshot.</summary>
internal static class Ask
{
    public static KpiQuery Query(string kpis, Period period) => new(
        [.. kpis.Split(',').Select(id => Catalogue.Resolve(id) ?? throw new ArgumentException(id))], period, Grain.None,
        ComparisonKind.None, [], [], new DateOnly(2030, 1, 1));

    /// <summary>The value of a KPI for a period in total.</summary>
    public static KpiValue Value(this CubeSnapshot snapshot, string kpi, Period period, params DimensionFilter[] filters) =>
        Evaluator.Answer(snapshot, Query(kpi, period) with { Filters = filters }).Kpis[0].Series[0].Points[0].Value;

    /// <summary>The values by the value of one dimension.</summary>
    public static Dictionary<string, KpiValue> By(
        this CubeSnapshot snapshot, string kpi, Period period, Dimensions dimension) =>
        Evaluator.Answer(snapshot, Query(kpi, period) with { GroupBy = [dimension], TakeGroups = KpiQuery.GroupsMax })
            .Kpis[0].Series.ToDictionary(s => s.Key[0] ?? DimensionSet.Blank, s => s.Points[0].Value);

    public static Period Period(string from, string to) => new(DateOnly.Parse(from), DateOnly.Parse(to));

    public static int Day(string day) => DateOnly.Parse(day).DayNumber;
}
