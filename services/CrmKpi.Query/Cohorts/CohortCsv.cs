using System.Globalization;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Cohorts;

/// <summary>The cohort table as rows of (month of first purchase, months since).</summary>
internal static class CohortCsv
{
    public static byte[] Write(CohortAnswer answer, CsvFormat format)
    {
        var csv = new CsvAnswer(format, "cohort", "customers", "month", "buyers", "percent");
        foreach (var cohort in answer.Cohorts)
            for (var month = 0; month < cohort.Buyers.Count; month++)
                csv.Row().Add(cohort.Month.ToString("yyyy-MM", CultureInfo.InvariantCulture)).Exact(cohort.Customers)
                    .Exact(month).Exact(cohort.Buyers[month]).Value(cohort.Percent(month));
        return csv.ToBytes();
    }
}
