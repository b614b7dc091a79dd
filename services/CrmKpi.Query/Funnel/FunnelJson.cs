using System.Text.Json;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Query.Answers;

namespace CrmKpi.Query.Funnel;

/// <summary>A funnel as JSON.</summary>
internal static class FunnelJson
{
    public static byte[] Write(CubeSnapshot snapshot, FunnelAnswer answer) =>
        JsonAnswer.Write(snapshot, answer.Period, json =>
        {
            json.WriteString("pipeline", answer.Pipeline);
            json.WriteWarnings(answer.Warnings);
            json.WriteStartObject("summary");
            json.WriteExact("leads", answer.Leads.Value);
            json.WriteExact("deals", answer.Deals.Value);
            json.WriteExact("won", answer.Won.Value);
            json.WriteExact("lost", answer.Lost.Value);
            json.WriteValue("dealsPerLead", Percent(answer.Deals, answer.Leads));
            json.WriteValue("wonPerLead", Percent(answer.Won, answer.Leads));
            json.WriteStartObject("winRate");
            json.WriteKpiValue(answer.WinRate);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteStartArray("stages");
            foreach (var stage in answer.Stages)
                WriteStage(json, stage);
            json.WriteEndArray();
        });

    private static void WriteStage(Utf8JsonWriter json, FunnelStage stage)
    {
        json.WriteStartObject();
        json.WriteString("id", stage.Id ?? DimensionSet.Blank);
        json.WriteString("name", stage.Name);
        json.WriteString("semantic", stage.Semantic?.ToString().ToLowerInvariant());
        json.WriteExact("entered", stage.Conversion.Denominator);
        json.WriteExact("advanced", stage.Conversion.Numerator);
        json.WriteStartObject("conversion");
        json.WriteKpiValue(stage.Conversion);
        json.WriteEndObject();
        json.WriteStartObject("timeDays");
        json.WriteValue("mean", stage.TimeMean.Value);
        json.WriteValue("median", stage.TimeMedian.Value);
        json.WriteValue("p90", stage.TimeP90.Value);
        json.WriteExact("n", stage.TimeMean.N);
        json.WriteEndObject();
        json.WriteExact("open", stage.Stuck.Denominator);
        json.WriteExact("openAmount", stage.OpenAmount);
        json.WriteExact("stuck", stage.Stuck.Numerator);
        json.WriteValue("stuckShare", stage.Stuck.Value);
        json.WriteExact("lost", stage.Lost);
        json.WriteExact("lostAmount", stage.LostAmount);
        json.WriteEndObject();
    }

    public static decimal? Percent(KpiValue part, KpiValue whole) =>
        whole.Value is { } divisor and not 0 ? part.Value * 100 / divisor : null;
}
