using System.Globalization;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;
using CrmKpi.Query.Answers;

namespace CrmKpi.Query.Cohorts;

/// <summary>The cohort table as JSON: per month since the first purchase how many bought, and their share in percent.</summary>
internal static class CohortJson
{
    public static byte[] Write(CubeSnapshot snapshot, Period period, CohortAnswer answer) =>
        JsonAnswer.Write(snapshot, period, json =>
        {
            json.WriteNumber("months", answer.Months);
            json.WriteWarnings(answer.Warnings);
            json.WriteStartArray("cohorts");
            foreach (var cohort in answer.Cohorts)
            {
                json.WriteStartObject();
                json.WriteString("month", cohort.Month.ToString("yyyy-MM", CultureInfo.InvariantCulture));
                json.WriteNumber("customers", cohort.Customers);
                json.WriteStartArray("cells");
                for (var month = 0; month < cohort.Buyers.Count; month++)
                {
                    json.WriteStartObject();
                    json.WriteNumber("month", month);
                    json.WriteNumber("buyers", cohort.Buyers[month]);
                    json.WriteValue("percent", cohort.Percent(month));
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
}
