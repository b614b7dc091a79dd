using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Kpis.Explain;
using CrmKpi.Domain.Periods;
using CrmKpi.Query.Explain;
using CrmKpi.ReadModels.Explain;

namespace CrmKpi.Services.Tests.Query;

public sealed class FactPagesTests(QueryService service) : IClassFixture<QueryService>
{
    private static readonly KpiQuery Query = new(
        [Catalogue.Resolve("deals_created")!], new Period(new DateOnly(2025, 3, 1), new DateOnly(2025, 4, 1)), Grain.None,
        ComparisonKind.None, [], [], new DateOnly(2025, 4, 1));

    [Theory]
    [InlineData(7, 100, 3)]
    [InlineData(3, 2, 100)]
    [InlineData(100, 4, 5)]
    [InlineData(1, 1, 1)]
    [InlineData(23, 23, 23)]
    public async Task A_page_ends_at_its_bounds_and_the_next_goes_on(int rowsMax, int limit, int chunkRows)
    {
        var tenant = $"rows-{rowsMax}-{limit}-{chunkRows}";
        await service.Register(tenant);
        // Every third deal lies in another period: it is scanned, and no fact.
        await service.Given(tenant, [.. Enumerable.Range(10, 23).Select(i => (
            "deal.created", $"deal/{i}", i % 3 == 0 ? "2025-01-05T10:00:00" : "2025-03-05T10:00:00", """{"stage":"new"}"""))]);
        await using var view = (await FactView.Open(service.Database, tenant, null, Query.Measures, default))!;
        var readings = Explainer.Explain(view.Snapshot, Query).Readings;
        var (found, scanned, pages) = (new List<string>(), 0, 0);
        for (var cursor = FactCursor.Start; cursor is not null; pages++)
        {
            var page = await new FactPages(view.Snapshot, view.States, Query, readings, rowsMax, chunkRows).Read(cursor, limit, default);
            Assert.InRange(page.Scanned, 0, rowsMax);
            Assert.InRange(page.Facts.Count, 0, limit);
            found.AddRange(page.Facts.Select(f => f.Entity!.Value.Id));
            (scanned, cursor) = (scanned + page.Scanned, page.Next);
        }
        Assert.Equal(Enumerable.Range(10, 23).Where(i => i % 3 != 0).Select(i => $"{i}"), found);
        Assert.InRange(scanned, 23, 23 + pages);
    }

    [Fact]
    public async Task A_view_stays_as_it_was_opened()
    {
        await service.Register("steady");
        var sequence = await service.Given("steady", ("deal.created", "deal/1", "2025-03-05T10:00:00", "{}"));
        await using var view = (await FactView.Open(service.Database, "steady", null, Query.Measures, default))!;
        await service.Given("steady", ("deal.created", "deal/2", "2025-03-05T10:00:00", "{}"));
        var state = Assert.Single(await view.States(Domain.Folding.EntityKind.Deal, "", 10, default));
        Assert.Equal(("1", sequence), (state.State.Key.Id, view.Snapshot.Sequence));
        Assert.Null(await FactView.Open(service.Database, "nobody", null, Query.Measures, default));
    }

    [Fact]
    public async Task What_is_held_in_memory_is_brought_forward_and_not_changed()
    {
        await service.Register("held");
        await service.Given("held", ("deal.created", "deal/1", "2025-03-05T10:00:00", """{"manager":"ann"}"""));
        await using var first = (await FactView.Open(service.Database, "held", null, Query.Measures, default))!;
        await service.Given("held", ("deal.created", "deal/2", "2025-03-05T10:00:00", """{"manager":"bob"}"""));
        await using var second = (await FactView.Open(service.Database, "held", first.Snapshot, Query.Measures, default))!;
        Assert.Equal(1m, Explainer.Explain(first.Snapshot, Query).Value.Value);
        Assert.Equal(2m, Explainer.Explain(second.Snapshot, Query).Value.Value);
        Assert.True(first.Snapshot.DimensionSets.Count < second.Snapshot.DimensionSets.Count);
    }

    [Theory]
    [InlineData("a|b|c")]
    [InlineData("")]
    [InlineData("кириллица ␟ +/=")]
    public void A_cursor_comes_back_as_it_was(string id)
    {
        var cursor = new FactCursor(null, Domain.Folding.EntityKind.Customer, id, 7, 2, 42);
        var read = FactCursor.Read(CrmKpi.Query.Parameters.QueryParameters.Read($"?page={cursor}", ["page"]));
        Assert.Equal(cursor, read);
        Assert.True(read.IsOlderThan(2, 43));
        Assert.False(read.IsOlderThan(2, 42));
        Assert.False(FactCursor.Start.IsOlderThan(1, 9));
    }
}
