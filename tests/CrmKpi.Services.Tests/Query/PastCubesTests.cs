using CrmKpi.Domain.Cube;
using CrmKpi.Hosting.Problems;
using CrmKpi.Query.AsOf;

namespace CrmKpi.Services.Tests.Query;

public sealed class PastCubesTests(QueryService service) : IClassFixture<QueryService>
{
    private PastCubes Cubes(PastCubesOptions? options = null) => new(
        service.Log, new AsOfResolver(service.Log, TimeProvider.System), options ?? new PastCubesOptions());

    [Fact]
    public async Task Who_asks_at_the_same_time_or_later_gets_the_same_build()
    {
        await Leads("shared", 3);
        var cubes = Cubes();
        var together = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => cubes.Get("shared", new AsOfPoint(2, null), default)));
        var later = await cubes.Get("shared", new AsOfPoint(2, null), default);
        Assert.All(together, snapshot => Assert.Same(later.Columns, snapshot.Columns));
        Assert.Same(later.Answers, together[0].Answers);
        Assert.Equal(2, later.Column(Measures.LeadsCreated).Totals.Before(int.MaxValue).Count);
        Assert.NotSame(later.Columns, (await cubes.Get("shared", new AsOfPoint(3, null), default)).Columns);
    }

    [Fact]
    public async Task A_log_that_is_too_long_is_refused_with_the_limit()
    {
        await Leads("long", 4);
        var cubes = Cubes(new PastCubesOptions { EventsMax = 3 });
        var problem = (await Assert.ThrowsAsync<ProblemException>(() => cubes.Get("long", new AsOfPoint(4, null), default))).Problem;
        Assert.Equal((422, "as_of_too_long", "asOf"), (problem.Status, problem.Code, problem.Parameter));
        Assert.Contains("at most 3", problem.Detail);
        Assert.Equal(3, (await cubes.Get("long", new AsOfPoint(3, null), default)).Sequence);
    }

    [Fact]
    public async Task Beyond_the_number_of_builds_one_is_told_to_come_again()
    {
        await Leads("busy", 2);
        var cubes = Cubes(new PastCubesOptions { BuildsMax = 0 });
        var problem = (await Assert.ThrowsAsync<ProblemException>(() => cubes.Get("busy", new AsOfPoint(1, null), default))).Problem;
        Assert.Equal((503, "as_of_busy"), (problem.Status, problem.Code));
        Assert.NotNull(problem.RetryAfter);
    }

    [Fact]
    public async Task Who_leaves_does_not_disturb_those_who_stay_and_a_stopped_build_can_be_had_again()
    {
        await Leads("leaving", 5);
        var cubes = Cubes();
        using var leaving = new CancellationTokenSource();
        var left = cubes.Get("leaving", new AsOfPoint(5, null), leaving.Token);
        var stays = cubes.Get("leaving", new AsOfPoint(5, null), default);
        await leaving.CancelAsync();
        Assert.Equal(5, (await stays).Sequence);
        try
        {
            await left;
        }
        catch (OperationCanceledException)
        {
            // It may have been answered before it left.
        }

        using var gone = new CancellationTokenSource();
        var alone = cubes.Get("leaving", new AsOfPoint(4, null), gone.Token);
        await gone.CancelAsync();
        await Task.WhenAny(alone);
        for (var tries = 0; ; tries++)
        {
            try
            {
                Assert.Equal(4, (await cubes.Get("leaving", new AsOfPoint(4, null), default)).Sequence);
                return;
            }
            catch (ProblemException e) when (e.Problem.Status == 503 && tries < 100)
            {
                await Task.Delay(20);
            }
        }
    }

    [Fact]
    public void The_shelf_keeps_what_was_used_last_within_its_bounds()
    {
        var shelf = new SnapshotShelf(snapshotsMax: 2);
        var (a, b, c) = (Key("t", 1), Key("t", 2), Key("u", 1));
        var one = View("t");
        shelf.Keep(a, one);
        shelf.Keep(b, View("t"));
        Assert.Same(one, shelf.Find(a));
        shelf.Keep(c, View("u"));
        Assert.NotNull(shelf.Find(a));
        Assert.Null(shelf.Find(b));
        Assert.Equal("u", shelf.Find(c)!.Snapshot.Tenant);
        Assert.Null(shelf.Find(a with { Tenant = "v" }));
        Assert.Null(shelf.Find(a with { EventId = Guid.NewGuid() }));
    }

    [Fact]
    public void What_is_too_large_is_not_kept_and_what_is_older_makes_room()
    {
        var shelf = new SnapshotShelf(bytesMax: AnswerCache.BytesMax * 3 / 2);
        shelf.Keep(Key("t", 1), View("t"));
        shelf.Keep(Key("t", 2), View("t"));
        Assert.Null(shelf.Find(Key("t", 1)));
        Assert.NotNull(shelf.Find(Key("t", 2)));
        var tiny = new SnapshotShelf(bytesMax: 1);
        tiny.Keep(Key("t", 3), View("t"));
        Assert.Null(tiny.Find(Key("t", 3)));
    }

    private static PastKey Key(string tenant, long sequence) => new(tenant, sequence, Guid.Empty);

    private static PastView View(string tenant) => new(CubeSnapshot.From(tenant, new(), []), null);

    private async Task Leads(string tenant, int count)
    {
        await service.Register(tenant);
        await service.Append(tenant, [.. Enumerable.Range(1, count).Select(i => ("lead.created", $"lead/{i}", "2025-03-03T10:00:00", "{}"))]);
    }
}
