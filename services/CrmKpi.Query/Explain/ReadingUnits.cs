using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Explain;

namespace CrmKpi.Query.Explain;

/// <summary>The units of readings by the codes of the API.</summary>
internal static class ReadingUnits
{
    /// <summary>The unit of what a reading gives and its facts add.</summary>
    public static string Of(ExplainedReading explained) => explained.Reading switch
    {
        Flow { Part: CellPart.Sum } or Level { Part: CellPart.Sum } or CumulatedTo { Part: CellPart.Sum } or Quantile =>
            Of(explained.Reading.Read[0], explained.Unit),
        Flow { Part: CellPart.Squares } or Level { Part: CellPart.Squares } or CumulatedTo { Part: CellPart.Squares } => "squares",
        RemainingTarget => "money",
        Payback => "months",
        Exposure or WorkingExposure or PeriodDays => "days",
        _ => "count",
    };

    private static string Of(Measure measure, KpiUnit unit) => measure.Unit switch
    {
        MeasureUnit.MoneyMicros => "money",
        MeasureUnit.Milliseconds => unit == KpiUnit.Minutes ? "minutes" : "days",
        MeasureUnit.Days => "days",
        MeasureUnit.ScoreMicros => "score",
        _ => "count",
    };
}
