using System.Globalization;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Kpis;

/// <summary>KPIs as a flat table: one row per KPI, group and part of the period.</summary>
internal static class KpiCsv
{
    public static byte[] Write(KpiAnswer answer, CsvFormat format)
    {
        var dimensions = answer.Kpis.SelectMany(k => k.GroupBy).Distinct().ToList();
        // Most KPIs have no inputs: their tables have no column for them.
        var hasInputs = answer.Kpis.Any(k => k.Output.Formula.Inputs.Any());
        var csv = new CsvAnswer(
            format,
            [
                "kpi", "name", "unit", .. dimensions.Select(DimensionSet.NameOf), "from", "to", "partial", "value", "numerator",
                "denominator", "n", "low", "high", "comparison_from", "comparison_to", "comparison", "change", "change_percent",
                "scaled", "change_low", "change_high", "p_value", "significant", "target", "attainment",
                .. hasInputs ? ["inputs"] : Array.Empty<string>(),
            ]);
        foreach (var result in answer.Kpis)
            foreach (var series in result.Series)
                foreach (var point in series.Points)
                {
                    WriteRow(csv, answer, result, series, point, dimensions);
                    if (hasInputs)
                        csv.Add(Inputs(result.Output, point.Value));
                }
        return csv.ToBytes();
    }

    private static void WriteRow(
        CsvAnswer csv, KpiAnswer answer, KpiResult result, KpiSeries series, KpiPoint point, List<Dimensions> dimensions)
    {
        var kpi = result.Output.Kpi;
        csv.Row().Add(result.Output.Id).Add(kpi.Name.In(answer.Query.Language)).Add(kpi.Unit.Code());
        foreach (var dimension in dimensions)
        {
            var index = result.GroupBy.Index().FirstOrDefault(d => d.Item == dimension, (-1, default)).Index;
            csv.Add(index < 0 ? null : series.Key[index] ?? DimensionSet.Blank);
        }
        csv.Day(point.Bucket.Period.FromDate).Day(point.Bucket.Period.ToDate).Add(point.Bucket.Partial ? "true" : "false")
            .Value(point.Value.Value).Exact(point.Value.Numerator).Exact(point.Value.Denominator).Exact(point.Value.N)
            .Value(point.Value.Interval?.Low).Value(point.Value.Interval?.High)
            .Day(point.Comparison?.Period?.FromDate).Day(point.Comparison?.Period?.ToDate).Value(point.Comparison?.Value.Value)
            .Value(point.Change).Value(point.ChangePercent);
        var difference = point.Comparison?.Difference;
        csv.Add(Flag(point.Comparison?.Scaled)).Value(difference?.Interval.Low).Value(difference?.Interval.High)
            .Number(difference?.P).Add(Flag(difference?.IsSignificant))
            .Value(point.Target?.Value).Value(point.Target?.Attainment);
    }

    // price=1200 given; demand=10 measured
    private static string? Inputs(KpiOutput output, KpiValue value) => value.Inputs is not { } values ? null
        : string.Join("; ", output.Formula.Inputs.Zip(values).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"{i.First.Name}={JsonAnswer.Rounded(i.Second)} {i.First.Origin.Code()}")));

    private static string? Flag(bool? flag) => flag is { } known ? known ? "true" : "false" : null;
}
