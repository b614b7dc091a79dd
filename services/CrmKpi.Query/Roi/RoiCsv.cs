using CrmKpi.Domain.Kpis.Roi;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Roi;

/// <summary>The months of a return as a table.</summary>
internal static class RoiCsv
{
    public static byte[] Write(RoiAnswer answer, CsvFormat format)
    {
        var csv = new CsvAnswer(
            format, "from", "to", "partial", "cost", "benefit", "cumulative_cost", "cumulative_benefit");
        foreach (var month in answer.Months)
            csv.Row().Day(month.Bucket.Period.FromDate).Day(month.Bucket.Period.ToDate)
                .Add(month.Bucket.Partial ? "true" : "false").Exact(month.Cost).Exact(month.Benefit)
                .Exact(month.CumulativeCost).Exact(month.CumulativeBenefit);
        return csv.ToBytes();
    }
}
