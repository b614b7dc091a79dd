using System.Text.Json;
using CrmKpi.Gateway;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.Watch;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CrmKpi.Services.Tests.Query.Watch;

/// <summary>Watching KPIs by server-sent events.</summary>
public sealed class WatchHttpTests(WatchedService service) : IClassFixture<WatchedService>
{
    private const string March = "from=2025-03-01&to=2025-04-01";
    private const string Leads = $"watch?kpi=leads_created&{March}";

    [Fact]
    public async Task A_watcher_gets_the_answer_at_once_and_again_when_it_changes()
    {
        var key = await Tenant("watched");
        var first = await service.Given("watched", Lead(1));
        using var events = await Open("watched", Leads, key);
        Assert.Equal("text/event-stream", events.Answer.Content.Headers.ContentType!.MediaType);
        Assert.True(events.Answer.Headers.CacheControl!.NoStore);

        var now = await events.Next();
        Assert.StartsWith($"{first}-", now!.Id);
        var asked = await service.Json($"/v1/tenants/watched/kpis?kpi=leads_created&{March}", key);
        Assert.Equal(asked.GetRawText(), now.Data);

        var second = await service.Given("watched", Lead(2));
        var next = await events.Next();
        Assert.StartsWith($"{second}-", next!.Id);
        Assert.Equal((1, 2), (now.Value, next.Value));
        Assert.Equal(second, next.Json.GetProperty("sequence").GetInt64());
    }

    [Fact]
    public async Task What_does_not_change_the_values_is_not_told_and_signs_of_life_come_instead()
    {
        var key = await Tenant("quiet");
        await service.Given("quiet", Lead(1));
        using var events = await Open("quiet", Leads, key);
        Assert.Equal(1, (await events.Next())!.Value);

        // The sequence moves, the leads of March do not.
        var silent = await service.Given("quiet", ("lead.created", "lead/9", "2025-01-09T10:00:00", "{}"));
        Assert.True((await events.NextOrComment())!.IsComment);
        Assert.True((await events.NextOrComment())!.IsComment);
        await service.Given("quiet", Lead(2));
        var next = await events.Next();
        Assert.Equal(2, next!.Value);
        Assert.True(next.Json.GetProperty("sequence").GetInt64() > silent);
    }

    [Fact]
    public async Task A_watch_ends_with_the_key_that_it_was_begun_with()
    {
        var key = await Tenant("ended");
        await service.Given("ended", Lead(1));
        using var events = await Open("ended", Leads, key);
        Assert.Equal(1, (await events.Next())!.Value);
        await service.Revoke(key);
        var end = await events.Next();
        Assert.Equal("problem", end!.Type);
        Assert.Equal("unauthorized", end.Json.GetProperty("code").GetString());
        Assert.Null(await events.Next());
    }

    [Fact]
    public async Task Who_comes_back_is_told_only_what_is_new()
    {
        var key = await Tenant("back");
        var sequence = await service.Given("back", Lead(1));
        string id;
        using (var events = await Open("back", Leads, key))
            id = (await events.Next())!.Id!;

        foreach (var seen in new[] { id, $"{sequence}" })
        {
            using var same = await Open("back", Leads, key, seen);
            Assert.True((await same.NextOrComment())!.IsComment);
        }
        // The sequence has moved, the values have not: still nothing new for who names the values.
        await service.Given("back", ("lead.created", "lead/9", "2025-01-09T10:00:00", "{}"));
        using var again = await Open("back", Leads, key, id);
        Assert.True((await again.NextOrComment())!.IsComment);
        await service.Given("back", Lead(2));
        Assert.Equal(2, (await again.Next())!.Value);
        // And a change while nobody watched comes at once.
        using var late = await Open("back", Leads, key, id);
        Assert.Equal(2, (await late.NextOrComment())!.Value);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("4-xyz")]
    [InlineData("4-00ff00ff00ff00ff00")]
    public async Task A_last_event_that_is_none_of_ours_is_refused(string id)
    {
        var key = await Tenant("odd");
        using var events = await Open("odd", Leads, key, id);
        var problem = await events.Answer.Problem(400, "bad_parameter");
        Assert.Equal("Last-Event-ID", problem.GetProperty("parameter").GetString());
    }

    [Theory]
    [InlineData("watch", "kpi")]
    [InlineData("watch?kpi=nothing", "kpi")]
    [InlineData("watch?kpi=revenue&asOf=4", "asOf")]
    [InlineData("watch?kpi=revenue&minSequence=4", "minSequence")]
    [InlineData("watch?kpi=revenue&format=csv", "format")]
    [InlineData("watch?kpi=revenue&page=x", "page")]
    [InlineData("watch?kpi=revenue&grain=hour", "grain")]
    [InlineData("watch?kpi=lost_sales_cost&input=lost_sales_cost.price:-1", "input")]
    public async Task A_wrong_question_is_refused_before_anything_is_sent(string path, string parameter)
    {
        var key = await Tenant("wrong");
        using var events = await Open("wrong", path, key);
        var problem = await events.Answer.Problem(400, "bad_parameter");
        Assert.Equal(parameter, problem.GetProperty("parameter").GetString());
    }

    [Fact]
    public async Task A_watch_needs_the_right_key()
    {
        await Tenant("closed");
        using var foreign = await Open("closed", Leads, await Tenant("other"));
        await foreign.Answer.Problem(404, "tenant_not_found");
        using var ingest = await Open("closed", Leads, await service.Key(Scopes.Ingest, "closed"));
        await ingest.Answer.Problem(403, "missing_scope");
    }

    [Fact]
    public async Task Watchers_beyond_the_limit_are_refused_and_places_come_back()
    {
        var watch = service.Services.GetRequiredService<KpiWatch>();
        await Until(() => watch.Watchers == 0);
        var held = new List<EventStream>();
        foreach (var (tenant, watchers) in new[]
        {
            ("full-1", WatchedService.TenantWatchersMax),
            ("full-2", WatchedService.WatchersMax - WatchedService.TenantWatchersMax),
        })
        {
            var key = await Tenant(tenant);
            for (var i = 0; i < watchers; i++)
            {
                held.Add(await Open(tenant, Leads, key));
                await held[^1].Next();
            }
            if (watchers < WatchedService.TenantWatchersMax)
                continue;
            using var one = await Open(tenant, Leads, key);
            await one.Answer.Problem(429, "too_many_watches");
        }
        var third = await Tenant("full-3");
        using (var refused = await Open("full-3", Leads, third))
            await refused.Answer.Problem(503, "watches_full");

        held[0].Dispose();
        await Until(() => watch.Watchers < WatchedService.WatchersMax);
        using (var taken = await Open("full-3", Leads, third))
            Assert.Equal(0, (await taken.Next())!.Value);
        held.ForEach(h => h.Dispose());
        await Until(() => watch.Watchers == 0);
    }

    [Fact]
    public async Task A_deleted_tenant_ends_its_watches_with_the_reason()
    {
        var key = await Tenant("gone");
        await service.Given("gone", Lead(1));
        using var events = await Open("gone", Leads, key);
        Assert.Equal(1, (await events.Next())!.Value);
        await using (var batch = new NpgsqlBatch(await service.Database.DataSource.OpenConnectionAsync()))
        {
            batch.BatchCommands.Add(new("SET session_replication_role = replica"));
            foreach (var table in new[] { "kpi.generations", "control.tenants" })
                batch.BatchCommands.Add(new(
                    $"DELETE FROM {table} WHERE {(table == "control.tenants" ? "id" : "tenant_id")} = 'gone'"));
            batch.BatchCommands.Add(new("SET session_replication_role = DEFAULT"));
            await batch.ExecuteNonQueryAsync();
            await batch.Connection!.DisposeAsync();
        }
        var end = await events.Next();
        Assert.Equal("problem", end!.Type);
        Assert.Equal("tenant_not_found", end.Json.GetProperty("code").GetString());
        Assert.Null(await events.Next());
    }

    [Fact]
    public async Task A_changed_definition_of_an_own_kpi_changes_the_answer()
    {
        var key = await Tenant("defined");
        await service.Given("defined", Lead(1));
        await Define("defined", "leads_created * 10");
        using var events = await Open("defined", $"watch?kpi=mine&{March}", key);
        Assert.Equal(10, (await events.Next())!.Value);
        await Define("defined", "leads_created * 20");
        Assert.Equal(20, (await events.Next())!.Value);
    }

    [Fact]
    public async Task Events_pass_the_gateway_as_they_come()
    {
        var key = await Tenant("passed");
        await service.Given("passed", Lead(1));
        await using var gateway = GatewayHost.Build([], builder =>
        {
            Installation.Listen(builder);
            builder.Configuration["Gateway:Ingestion"] = Installation.Nowhere;
            builder.Configuration["Gateway:Query"] = service.Address.ToString();
            builder.Configuration["Gateway:Projections"] = Installation.Nowhere;
        });
        await gateway.StartAsync();
        using var events = await EventStream.Open(new Uri(gateway.Urls.Single()), $"/v1/tenants/passed/{Leads}", key);
        Assert.Equal(1, (await events.Next())!.Value);
        await service.Given("passed", Lead(2));
        Assert.Equal(2, (await events.Next())!.Value);
        Assert.True((await events.NextOrComment())!.IsComment);
    }

    private static async Task Until(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(20);
    }

    private async Task<string> Tenant(string tenant)
    {
        await service.Register(tenant);
        return await service.Key(Scopes.Query, tenant);
    }

    private Task<EventStream> Open(string tenant, string path, string key, string? lastEventId = null) =>
        EventStream.Open(service.Address, $"/v1/tenants/{tenant}/{path}", key, lastEventId);

    private Task Define(string tenant, string formula) => new OwnKpiStore(service.Database).Change(
        OwnKpiOwner.Tenant(tenant), ActedBy.Process("test"), _ => [new OwnKpiChange("mine", JsonSerializer.Serialize(
            new { name = "Mine", unit = "count", better = "up", formula, sample = "none" }))]);

    private static (string, string, string, string) Lead(int id) =>
        ("lead.created", $"lead/{id}", "2025-03-03T10:00:00", "{}");
}
