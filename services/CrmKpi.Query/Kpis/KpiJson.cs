using System.Text.Json;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;
using CrmKpi.Query.Answers;

namespace CrmKpi.Query.Kpis;

/// <summary>KPIs as JSON.</summary>
internal static class KpiJson
{
    public static byte[] Write(CubeSnapshot snapshot, KpiAnswer answer, string? nextPage) =>
        JsonAnswer.Write(snapshot, answer.Query.Period, json =>
        {
            json.WriteString("grain", Grains.NameOf(answer.Query.Grain));
            WriteComparison(json, answer);
            json.WriteWarnings(answer.Warnings);
            json.WriteStartArray("kpis");
            foreach (var result in answer.Kpis)
                WriteKpi(json, result, answer.Query.Language);
            json.WriteEndArray();
            json.WriteString("nextPage", nextPage);
        });

    private static void WriteComparison(Utf8JsonWriter json, KpiAnswer answer)
    {
        if (answer.Query.Compare == ComparisonKind.None)
        {
            json.WriteNull("compare");
            return;
        }
        json.WriteStartObject("compare");
        json.WriteString("kind", Comparison.Names[(int)answer.Query.Compare]);
        if (answer.Query.MatchWeekday)
            json.WriteString("match", "weekday");
        if (answer.ComparedWith is { } period)
            json.WritePeriod(period);
        json.WriteEndObject();
    }

    private static void WriteKpi(Utf8JsonWriter json, KpiResult result, Language language)
    {
        var (output, kpi) = (result.Output, result.Output.Kpi);
        json.WriteStartObject();
        json.WriteString("id", output.Id);
        json.WriteString("name", kpi.Name.In(language));
        json.WriteString("unit", kpi.Unit.Code());
        json.WriteString("better", kpi.Better == Better.Up ? "up" : "down");
        if (output.Statistic is { } statistic)
            json.WriteString("statistic", statistic);
        if (output.WindowDays is { } days)
            json.WriteNumber("windowDays", days);
        if (kpi.Norm is { } norm)
        {
            json.WriteStartObject("norm");
            json.WriteExact("low", norm.Low);
            json.WriteExact("high", norm.High);
            json.WriteEndObject();
        }
        WriteInputs(json, output.Formula.Inputs);
        json.WriteStartArray("groupBy");
        foreach (var dimension in result.GroupBy)
            json.WriteStringValue(DimensionSet.NameOf(dimension));
        json.WriteEndArray();
        json.WriteNumber("groups", result.GroupCount);
        json.WriteStartArray("series");
        foreach (var series in result.Series)
            WriteSeries(json, result, series);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteInputs(Utf8JsonWriter json, IEnumerable<Input> inputs)
    {
        if (!inputs.Any())
            return;
        json.WriteStartArray("inputs");
        foreach (var input in inputs)
        {
            json.WriteStartObject();
            json.WriteString("name", input.Name);
            json.WriteString("unit", input.Unit.Code());
            json.WriteString("origin", input.Origin.Code());
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteSeries(Utf8JsonWriter json, KpiResult result, KpiSeries series)
    {
        json.WriteStartObject();
        json.WriteStartObject("group");
        for (var i = 0; i < result.GroupBy.Count; i++)
            json.WriteString(DimensionSet.NameOf(result.GroupBy[i]), series.Key[i] ?? DimensionSet.Blank);
        json.WriteEndObject();
        json.WriteStartArray("points");
        foreach (var point in series.Points)
            WritePoint(json, point, result.Output.Formula.Inputs);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePoint(Utf8JsonWriter json, KpiPoint point, IEnumerable<Input> inputs)
    {
        json.WriteStartObject();
        json.WritePeriod(point.Bucket.Period);
        if (point.Bucket.Partial)
            json.WriteBoolean("partial", true);
        json.WriteKpiValue(point.Value);
        InputJson.WriteValues(json, inputs, point.Value.Inputs);
        if (point.Comparison is { } comparison)
            WriteComparison(json, point, comparison, inputs);
        if (point.Target is { } target)
        {
            json.WriteValue("target", target.Value);
            json.WriteValue("attainment", target.Attainment);
        }
        json.WriteEndObject();
    }

    private static void WriteComparison(
        Utf8JsonWriter json, KpiPoint point, KpiComparison comparison, IEnumerable<Input> inputs)
    {
        json.WriteStartObject("comparison");
        if (comparison.Period is { } period)
            json.WritePeriod(period);
        json.WriteKpiValue(comparison.Value);
        InputJson.WriteValues(json, inputs, comparison.Value.Inputs);
        if (comparison.Scaled)
            json.WriteBoolean("scaled", true);
        json.WriteEndObject();
        json.WriteValue("change", point.Change);
        json.WriteValue("changePercent", point.ChangePercent);
        if (comparison.Difference is not { } difference)
        {
            json.WriteNull("changeInterval");
            json.WriteNull("pValue");
            json.WriteNull("significant");
            return;
        }
        json.WriteInterval("changeInterval", difference.Interval);
        json.WriteNumber("pValue", difference.P);
        json.WriteBoolean("significant", difference.IsSignificant);
    }
}
