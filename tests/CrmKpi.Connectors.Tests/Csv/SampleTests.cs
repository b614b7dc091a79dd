using CrmKpi.Connectors.Csv;
using CrmKpi.Connectors.Csv.Mapping;
using CrmKpi.Domain.Events;

namespace CrmKpi.Connectors.Tests.Csv;

/// <summary>The committed mappings turn the committed data sets into the events that the expected KPI values ask for.</summary>
public sealed class SampleTests
{
    private static readonly string Root = FindRoot();

    [Fact]
    public void Olist()
    {
        var events = Import("olist", "olist/olist_marketing_qualified_leads.csv.gz", "olist/olist_closed_deals.csv.gz");
        Assert.Equal(
            [("deal.created", 842), ("deal.won", 842), ("lead.assigned", 842), ("lead.created", 8000)], CountByType(events));
        Assert.Equal(60, events.Count(e => e.Type == "lead.created" && e.Json() == "{}"));
        Assert.Equal(61_784_006m, events.Where(e => e.Type == "deal.won")
            .Sum(e => decimal.Parse(e.Data("amount").GetProperty("amount").GetString()!)));
    }

    [Fact]
    public void Cdnow()
    {
        var events = Import("cdnow", "cdnow/CDNOW_master.txt.gz");
        Assert.Equal([("purchase.made", 69_659)], CountByType(events));
        Assert.Equal(23_570, events.Select(e => e.Subject).Distinct().Count());
        Assert.Equal(67_591, events.Select(e => (e.Subject, e.Time)).Distinct().Count());
        Assert.Equal(2_500_315.63m, events.Sum(e => decimal.Parse(e.Data("amount").GetProperty("amount").GetString()!)));
    }

    [Fact]
    public void Bpi2012()
    {
        var events = Import("bpi2012", "bpi2012/bpi2012_applications.csv.gz");
        Assert.Equal(
            [("deal.created", 13_087), ("deal.lost", 7635 + 2807), ("deal.stage_changed", 13_087 + 7367 + 5113 + 5015), ("deal.won", 2246),
                ("inquiry.answered", 9657), ("inquiry.received", 13_087)], CountByType(events));
    }

    private static List<CanonicalEvent> Import(string sample, params string[] files)
    {
        var mapping = CsvMapping.Load(Path.Combine(Root, "samples", sample + ".yaml"));
        var source = CsvSource.Create(mapping, [.. files.Select(f => Path.Combine(Root, "tests/data", f))]);
        var rows = source.Read().ToList();
        Assert.All(rows, r => Assert.Null(r.Problem));
        var events = rows.SelectMany(r => r.Events).ToList();
        Assert.Equal(events.Count, events.Select(e => e.Id).Distinct().Count());
        return events;
    }

    private static List<(string, int)> CountByType(List<CanonicalEvent> events) =>
        [.. events.GroupBy(e => e.Type).Select(g => (g.Key, g.Count())).OrderBy(g => g.Key, StringComparer.Ordinal)];

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "CrmKpi.sln")))
            directory = directory.Parent;
        return directory.FullName;
    }
}
