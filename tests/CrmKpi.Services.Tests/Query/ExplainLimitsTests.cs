using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Kpis.Explain;
using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Domain.Periods;
using CrmKpi.Hosting.Problems;
using CrmKpi.Query.Answers;
using CrmKpi.Query.AsOf;
using CrmKpi.Query.Explain;
using CrmKpi.ReadModels.Explain;
using Microsoft.AspNetCore.Http;

namespace CrmKpi.Services.Tests.Query;

/// <summary>What explanations may take: turns, bytes, and the facts of the past that are kept.</summary>
public sealed class ExplainLimitsTests(QueryService service) : IClassFixture<QueryService>
{
    private static readonly KpiQuery Query = new(
        [Catalogue.Resolve("deals_created")!], new Period(new DateOnly(2025, 3, 1), new DateOnly(2025, 4, 1)), Grain.None,
        ComparisonKind.None, [], [], new DateOnly(2025, 4, 1));

    [Fact]
    public async Task Without_a_turn_one_is_told_to_come_again()
    {
        await Deals("no-turn", 1);
        var explain = Service(new ExplainOptions { AtOnceMax = 0, TurnWaitMax = TimeSpan.FromMilliseconds(1) });
        var problem = (await Assert.ThrowsAsync<ProblemException>(() => Respond(explain, "no-turn", "kpi=deals_created"))).Problem;
        Assert.Equal((503, "explain_busy"), (problem.Status, problem.Code));
        Assert.NotNull(problem.RetryAfter);
    }

    [Fact]
    public async Task A_turn_is_given_back_whether_the_answer_was_one_or_not()
    {
        await Deals("one-turn", 1);
        var explain = Service(new ExplainOptions { AtOnceMax = 1, TurnWaitMax = TimeSpan.FromMilliseconds(1) });
        for (var i = 0; i < 3; i++)
        {
            Assert.Contains("deal/10", await Respond(explain, "one-turn", "kpi=deals_created&from=2025-03-01"));
            // The period ends after it begins by default only: found out within the turn.
            await Assert.ThrowsAsync<ProblemException>(() => Respond(explain, "one-turn", "kpi=deals_created&from=2025-06-01"));
        }
    }

    [Fact]
    public async Task A_fold_of_the_past_waits_for_its_own_limit_without_a_turn()
    {
        await Deals("past-turn", 3);
        var past = Past(new PastCubesOptions { EventsMax = 2 });
        var explain = Service(new ExplainOptions { AtOnceMax = 0, TurnWaitMax = TimeSpan.FromMilliseconds(1) }, past);
        Assert.Equal("as_of_too_long", (await Assert.ThrowsAsync<ProblemException>(
            () => Respond(explain, "past-turn", "kpi=deals_created&asOf=3"))).Problem.Code);
        Assert.Equal("explain_busy", (await Assert.ThrowsAsync<ProblemException>(
            () => Respond(explain, "past-turn", "kpi=deals_created&asOf=2"))).Problem.Code);
    }

    [Theory]
    [InlineData(1, 1)] // less than one state: one is read all the same, else nothing would go on
    [InlineData(2, 2)]
    [InlineData(5, 5)]
    [InlineData(100, 12)]
    public async Task A_page_ends_when_it_has_read_so_many_bytes(int states, int rows)
    {
        var tenant = $"bytes-{states}";
        await Deals(tenant, 12);
        await using var view = (await FactView.Open(service.Database, tenant, null, Query.Measures, default))!;
        // Their ids have the same length, and so their states.
        var bytes = (await view.States(EntityKind.Deal, "", 1, default))[0].Bytes;
        var readings = Explainer.Explain(view.Snapshot, Query).Readings;
        var found = new List<string>();
        for (var cursor = FactCursor.Start; cursor is not null;)
        {
            var page = await new FactPages(
                view.Snapshot, view.States, Query, readings, bytesMax: (states - 1) * bytes + 1).Read(cursor, 100, default);
            Assert.InRange(page.Scanned, 1, rows);
            found.AddRange(page.Facts.Select(f => f.Entity!.Value.Id));
            cursor = page.Next;
        }
        Assert.Equal(Enumerable.Range(10, 12).Select(i => $"{i}"), found);
    }

    [Fact]
    public async Task Facts_of_the_past_are_kept_with_their_cube_and_serve_both()
    {
        await Deals("kept", 3);
        var past = Past();
        var point = await past.Resolve("kept", new AsOfPoint(2, null), default);
        var (snapshot, facts) = await past.GetWithFacts("kept", point, default);
        Assert.Same(facts, (await past.GetWithFacts("kept", point, default)).Facts);
        Assert.Same(snapshot.Columns, (await past.Get("kept", point, default)).Columns);
        Assert.Equal(["10", "11"], facts.States(EntityKind.Deal, "", 9).Select(s => s.State.Key.Id));
        Assert.NotSame(
            facts.States(EntityKind.Deal, "11", 9).Single().State, facts.States(EntityKind.Deal, "11", 9).Single().State);
        // A cube that was kept without facts is not enough for an explanation.
        var last = await past.Resolve("kept", new AsOfPoint(3, null), default);
        var bare = await past.Get("kept", last, default);
        var (cube, whole) = await past.GetWithFacts("kept", last, default);
        Assert.NotSame(bare.Columns, cube.Columns);
        Assert.Equal(3, whole.States(EntityKind.Deal, "", 9).Count);
    }

    [Fact]
    public void States_are_found_by_kind_and_id_in_the_order_of_their_bytes()
    {
        EntityState[] states =
        [
            .. new[] { "b", "a", "B", "10", "9" }.Select(id => State(EntityKind.Deal, id)), State(EntityKind.Lead, "x"),
        ];
        var facts = PastFacts.Of(states);
        Assert.Equal(["10", "9", "B", "a", "b"], Ids("", 9));
        Assert.Equal(["B", "a"], Ids("A", 2));
        Assert.Equal(["a"], Ids("a", 1));
        Assert.Empty(Ids("c", 9));
        Assert.Empty(facts.States(EntityKind.Ticket, "", 9));
        Assert.Empty(PastFacts.None.States(EntityKind.Deal, "", 9));
        Assert.Equal((0, states.Sum(s => s.Serialize().Length)), (PastFacts.None.Bytes, facts.Bytes - 120 * states.Length));

        IEnumerable<string> Ids(string from, int max) => facts.States(EntityKind.Deal, from, max).Select(s => s.State.Key.Id);
    }

    private static EntityState State(EntityKind kind, string id)
    {
        var batch = new FoldBatch(new());
        batch.Add([new Domain.Events.LogEvent(
            1, new EntityKey(kind, id).Stream, kind == EntityKind.Deal ? "deal.created" : "lead.created", 0, "{}"u8.ToArray())]);
        while (batch.Missing is { Count: > 0 } keys)
            foreach (var key in keys)
                batch.Load(key, null);
        return batch.Complete().Entities.Single(e => e.Key.Kind == kind);
    }

    private PastCubes Past(PastCubesOptions? options = null) => new(
        service.Log, new AsOfResolver(service.Log, TimeProvider.System), options ?? new PastCubesOptions());

    private ExplainService Service(ExplainOptions options, PastCubes? past = null) =>
        new(service.Of<AnswerService>(), past ?? Past(), service.Database, options);

    private static async Task<string> Respond(ExplainService explain, string tenant, string query)
    {
        var body = new MemoryStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        await explain.Respond(context, tenant, ExplainRequest.Parse(new QueryStringRequest($"?{query}", false), KpiSet.BuiltIn));
        return System.Text.Encoding.UTF8.GetString(body.ToArray());
    }

    private async Task Deals(string tenant, int count)
    {
        await service.Register(tenant);
        await service.Given(tenant, [.. Enumerable.Range(10, count).Select(i => (
            "deal.created", $"deal/{i}", "2025-03-05T10:00:00", """{"stage":"new"}"""))]);
    }
}
