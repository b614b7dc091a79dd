using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Funnel;

/// <summary>The stages of a funnel as a table.</summary>
internal static class FunnelCsv
{
    public static byte[] Write(FunnelAnswer answer, CsvFormat format)
    {
        var csv = new CsvAnswer(
            format, "pipeline", "stage", "name", "semantic", "from", "to", "entered", "advanced", "conversion",
            "conversion_low", "conversion_high", "days_mean", "days_median", "days_p90", "visits", "open", "open_amount", "stuck",
            "stuck_share", "lost", "lost_amount");
        foreach (var stage in answer.Stages)
            csv.Row().Add(answer.Pipeline).Add(stage.Id ?? DimensionSet.Blank).Add(stage.Name)
                .Add(stage.Semantic?.ToString().ToLowerInvariant())
                .Day(answer.Period.FromDate).Day(answer.Period.ToDate)
                .Exact(stage.Conversion.Denominator).Exact(stage.Conversion.Numerator).Value(stage.Conversion.Value)
                .Value(stage.Conversion.Interval?.Low).Value(stage.Conversion.Interval?.High)
                .Value(stage.TimeMean.Value).Value(stage.TimeMedian.Value).Value(stage.TimeP90.Value).Exact(stage.TimeMean.N)
                .Exact(stage.Stuck.Denominator).Exact(stage.OpenAmount).Exact(stage.Stuck.Numerator).Value(stage.Stuck.Value)
                .Exact(stage.Lost).Exact(stage.LostAmount);
        return csv.ToBytes();
    }
}
