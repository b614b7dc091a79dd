using CrmKpi.Hosting.Problems;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Kpis;
using CrmKpi.Query.Watch;
using Microsoft.Extensions.DependencyInjection;

namespace CrmKpi.Services.Tests.Query.Watch;

/// <summary>The source of watched answers by itself.</summary>
public sealed class KpiWatchTests(WatchedService service) : IClassFixture<WatchedService>
{
    private const string Leads = "kpi=leads_created&from=2025-03-01&to=2025-04-01";

    [Fact]
    public async Task Who_is_slow_gets_the_latest_answer_and_no_queue()
    {
        await service.Register("slow");
        await service.Given("slow", Lead(1));
        await using var answers = Watch("slow").GetAsyncEnumerator();
        Assert.True(await answers.MoveNextAsync());
        var last = 0L;
        for (var i = 2; i <= 6; i++)
        {
            last = await service.Given("slow", Lead(i));
            await Task.Delay(60);
        }
        // Nothing was taken meanwhile: several changes, each told to who keeps up, are one answer now.
        await Until(() => service.Services.GetRequiredService<KpiWatch>().Watchers == 1);
        WatchedAnswer? next = null;
        var told = 0;
        while (next?.Snapshot.Sequence != last)
        {
            Assert.True(await answers.MoveNextAsync());
            next = answers.Current ?? next;
            told += answers.Current is null ? 0 : 1;
        }
        Assert.InRange(told, 1, 2);
    }

    [Fact]
    public async Task Watchers_of_a_tenant_share_what_is_read_and_computed()
    {
        await service.Register("shared");
        await service.Given("shared", Lead(1));
        await using var one = Watch("shared").GetAsyncEnumerator();
        await using var two = Watch("shared").GetAsyncEnumerator();
        Assert.True(await one.MoveNextAsync());
        Assert.True(await two.MoveNextAsync());
        Assert.Same(one.Current!.Answer, two.Current!.Answer);
        var sequence = await service.Given("shared", Lead(2));
        var (a, b) = (await After(one, sequence), await After(two, sequence));
        Assert.Same(a.Snapshot, b.Snapshot);
        Assert.Same(a.Answer, b.Answer);
    }

    [Fact]
    public async Task A_revoked_key_ends_the_watch_with_401()
    {
        await service.Register("revoked");
        using var revoked = new CancellationTokenSource();
        await using var answers = Watch("revoked", revoked.Token).GetAsyncEnumerator();
        Assert.True(await answers.MoveNextAsync());
        await revoked.CancelAsync();
        var end = await Assert.ThrowsAsync<ProblemException>(async () =>
        {
            while (await answers.MoveNextAsync())
                Assert.Null(answers.Current);
        });
        Assert.Equal((401, "unauthorized"), (end.Problem.Status, end.Problem.Code));
    }

    [Fact]
    public async Task A_caller_that_goes_ends_the_watch_and_gives_its_place_back()
    {
        await service.Register("left");
        using var gone = new CancellationTokenSource();
        await using (var answers = Watch("left").GetAsyncEnumerator(gone.Token))
        {
            Assert.True(await answers.MoveNextAsync());
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                while (await answers.MoveNextAsync())
                    Assert.Null(answers.Current);
            });
        }
        await Until(() => service.Services.GetRequiredService<KpiWatch>().Watchers == 0);
    }

    [Fact]
    public async Task A_stopping_service_ends_its_watches_without_an_error()
    {
        var stopping = new WatchedService();
        await stopping.InitializeAsync();
        await stopping.Register("stopped");
        await using (var answers = Watch("stopped", default, stopping).GetAsyncEnumerator())
        {
            Assert.True(await answers.MoveNextAsync());
            var stop = stopping.Stop();
            while (await answers.MoveNextAsync())
                Assert.Null(answers.Current);
            await stop;
        }
        await stopping.DisposeAsync();
    }

    [Theory]
    [InlineData("42-00000000000000ff", "42", true)]
    [InlineData("42-00000000000000ff", "41-00000000000000ff", true)]
    [InlineData("42-00000000000000ff", "42-00000000000000fe", false)]
    [InlineData("43-00000000000000ff", "42", false)]
    public void An_id_names_values_or_a_sequence(string answer, string seen, bool isKnown)
    {
        Assert.Equal(answer, WatchId.Parse(answer)!.Value.ToString());
        Assert.Equal(seen, WatchId.Parse(seen)!.Value.ToString());
        Assert.Equal(isKnown, WatchId.Parse(seen)!.Value.Covers(WatchId.Parse(answer)!.Value));
    }

    private IAsyncEnumerable<WatchedAnswer?> Watch(
        string tenant, CancellationToken revoked = default, WatchedService? other = null) =>
        (other ?? service).Services.GetRequiredService<KpiWatch>().Watch(
            tenant, _ => ValueTask.FromResult(Request), null, revoked, default);

    private static readonly KpiRequest Request = KpiRequest.Parse(new QueryStringRequest(Leads, AcceptsCsv: false));

    private static async Task<WatchedAnswer> After(IAsyncEnumerator<WatchedAnswer?> answers, long sequence)
    {
        while (await answers.MoveNextAsync())
            if (answers.Current is { } answer && answer.Snapshot.Sequence >= sequence)
                return answer;
        throw new InvalidOperationException("The watch has ended.");
    }

    private static async Task Until(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(20);
    }

    private static (string, string, string, string) Lead(int id) =>
        ("lead.created", $"lead/{id}", "2025-03-03T10:00:00", "{}");
}
