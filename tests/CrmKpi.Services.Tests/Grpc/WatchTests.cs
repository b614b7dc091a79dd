using CrmKpi.Postgres.Control;
using CrmKpi.Services.Tests.Query.Watch;
using CrmKpi.Testing.Grpc;
using CrmKpi.V1;
using Google.Rpc;

namespace CrmKpi.Services.Tests.Grpc;

/// <summary><c>KpiQuery.Watch</c>.</summary>
public sealed class WatchTests(WatchedService service) : IClassFixture<WatchedService>
{
    private const int InvalidArgument = 3, NotFound = 5, ResourceExhausted = 8, Unauthenticated = 16;

    private static KpiQuestion March => new() { Kpis = { "leads_created" }, From = "2025-03-01", To = "2025-04-01" };

    [Fact]
    public async Task The_answer_comes_at_once_and_again_when_it_has_changed_only()
    {
        using var grpc = await Given("grpc-watched");
        await service.Given("grpc-watched", Lead(1));
        using var watch = await Watch(grpc, "grpc-watched", March);
        var first = (await watch.Receive())!;
        Assert.Equal((0, "1"), (first.Lag, Value(first)));
        Assert.Equal((await grpc.GetKpis("grpc-watched", March)).Ok.Answer, first.Answer);

        // Of other days: the cube moves, the answer does not.
        await service.Given("grpc-watched", ("lead.created", "lead/7", "2025-02-03T10:00:00", "{}"));
        var sequence = await service.Given("grpc-watched", Lead(2));
        var second = (await watch.Receive())!;
        Assert.Equal((sequence, "2"), (second.Answer.Basis.Sequence, Value(second)));
        await service.Given("grpc-watched", Lead(3));
        Assert.Equal("3", Value((await watch.Receive())!));
    }

    [Fact]
    public async Task Who_watches_too_much_is_told_so_and_a_place_is_free_after_a_cancel()
    {
        using var grpc = await Given("grpc-crowded");
        await service.Given("grpc-crowded", Lead(1));
        var watches = new List<GrpcDuplex<WatchRequest, WatchResponse>>();
        for (var i = 0; i < WatchedService.TenantWatchersMax; i++)
        {
            watches.Add(await Watch(grpc, "grpc-crowded", March));
            Assert.NotNull(await watches[i].Receive());
        }
        using (var full = await Watch(grpc, "grpc-crowded", March))
        {
            Assert.Null(await full.Receive());
            var status = await full.Status();
            Assert.Equal((ResourceExhausted, "too_many_watches"), (status.Code, status.Detail<ErrorInfo>()!.Reason));
            Assert.True(status.Detail<RetryInfo>()!.RetryDelay.Seconds > 0);
        }
        foreach (var watch in watches)
            watch.Dispose();
        // The server hears of a cancel a moment later.
        for (WatchResponse? again = null; again is null;)
        {
            using var watch = await Watch(grpc, "grpc-crowded", March);
            again = await watch.Receive();
        }
    }

    [Theory]
    [InlineData("""{"kpis":["leads_created"],"asOf":{"sequence":3}}""", "question.as_of")]
    [InlineData("""{"kpis":["leads_created"],"minSequence":3}""", "question.min_sequence")]
    [InlineData("""{"kpis":["leads_created"],"pageToken":"ZzE"}""", "question.page_token")]
    [InlineData("""{"kpis":["nothing"]}""", "question.kpis")]
    [InlineData("""{"kpis":["leads_created"],"compare":{"kind":"KIND_BASELINE"}}""", "question.compare.kind")]
    public async Task A_wrong_question_ends_the_watch_and_names_the_field(string question, string field)
    {
        using var grpc = await Given("grpc-wrong");
        using var watch = await Watch(grpc, "grpc-wrong", KpiQuestion.Parser.ParseJson(question));
        Assert.Null(await watch.Receive());
        var status = await watch.Status();
        Assert.Equal((InvalidArgument, field), (status.Code, status.Detail<BadRequest>()!.FieldViolations.Single().Field));
    }

    [Theory]
    [InlineData("nobody", NotFound)]
    [InlineData("", InvalidArgument)]
    public async Task An_unknown_tenant_is_not_watched(string tenant, int code)
    {
        using var grpc = await Given("grpc-known");
        using var watch = await Watch(grpc, tenant, March);
        Assert.Null(await watch.Receive());
        Assert.Equal(code, (await watch.Status()).Code);
    }

    [Fact]
    public async Task A_watch_ends_with_the_key_that_it_was_begun_with()
    {
        await service.Register("grpc-ended");
        await service.Given("grpc-ended", Lead(1));
        var key = await service.Key(Scopes.Query, "grpc-ended");
        using var grpc = service.Grpc(key);
        using var watch = await Watch(grpc, "grpc-ended", March);
        Assert.NotNull(await watch.Receive());
        await service.Revoke(key);
        Assert.Null(await watch.Receive());
        var status = await watch.Status();
        Assert.Equal((Unauthenticated, "unauthorized"), (status.Code, status.Detail<ErrorInfo>()!.Reason));
    }

    [Fact]
    public async Task A_deadline_ends_a_watch()
    {
        using var grpc = await Given("grpc-deadline");
        using var watch = await Watch(grpc, "grpc-deadline", March, TimeSpan.FromMilliseconds(1_500));
        Assert.NotNull(await watch.Receive());
        Assert.Null(await watch.Receive());
        Assert.Equal(4, (await watch.Status()).Code);
    }

    private static (string, string, string, string) Lead(int id) => ("lead.created", $"lead/{id}", "2025-03-03T10:00:00", "{}");

    private static string Value(WatchResponse response) => response.Answer.Kpis[0].Series[0].Points[0].Value.Value;

    private static async Task<GrpcDuplex<WatchRequest, WatchResponse>> Watch(
        GrpcClient client, string tenant, KpiQuestion question, TimeSpan? timeout = null)
    {
        var call = client.Open<WatchRequest, WatchResponse>("/crmkpi.v1.KpiQuery/Watch", timeout);
        await call.Send(new WatchRequest { Tenant = tenant, Question = question });
        call.End();
        return call;
    }

    private async Task<GrpcClient> Given(string tenant)
    {
        await service.Register(tenant);
        return service.Grpc(await service.Key(Scopes.Query, tenant));
    }
}
