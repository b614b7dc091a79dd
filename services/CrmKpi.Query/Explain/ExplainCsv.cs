using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Explain;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Explain;

/// <summary>The facts of an explanation as a table.</summary>
internal static class ExplainCsv
{
    public static byte[] Write(string tenant, Explanation explanation, FactPage page, CsvFormat format)
    {
        var dimensions = DimensionSet.Names.Where(n => page.Facts.Any(f => ValueOf(f, n) is not null)).ToList();
        var csv = new CsvAnswer(
            format,
            [
                "kpi", "reading", "reads", "stream", "measure", "day", "bucket", "count", "value", "milliseconds", "rate", "adds",
                .. dimensions, "events",
            ]);
        foreach (var fact in page.Facts)
        {
            var reading = explanation.Readings[fact.Reading];
            csv.Row().Add(explanation.Output.Id).Exact(fact.Reading).Add(reading.Reading.ToString()).Add(fact.Entity?.Stream)
                .Add(fact.Measure.Name).Day(DateOnly.FromDayNumber(fact.Day)).Exact(fact.Bucket == 0 ? null : fact.Bucket)
                .Exact(fact.Count).Value(reading.ValueOf(fact)).Exact(ExplainJson.Milliseconds(fact)).Value(fact.Rate)
                .Value(reading.Adds(fact));
            foreach (var name in dimensions)
                csv.Add(ValueOf(fact, name));
            csv.Add(ExplainJson.EventsOf(tenant, fact));
        }
        return csv.ToBytes();
    }

    private static string? ValueOf(Fact fact, string dimension) => fact.Dims[DimensionSet.Parse(dimension)!.Value];
}
