using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Moving;

/// <summary>Moving a tenant over HTTP, with ingestion, projections and query as they run.</summary>
public sealed class MoveHttpTests(TwoDatabases crm) : IClassFixture<TwoDatabases>
{
    [Fact]
    public async Task A_tenant_moves_while_events_come_and_is_whole_where_it_comes_to()
    {
        var tenant = await crm.Crm.Tenant();
        var path = $"/v1/tenants/{tenant}/move";
        await (await crm.Crm.Admin.PostEvents(tenant, Leads(50, "before"))).Tally(50);
        await crm.Crm.Admin.PostEvents(tenant, "refused");

        using var asked = await crm.Move(tenant);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        Assert.Equal(path, asked.Headers.Location!.OriginalString);
        var begun = await asked.Json();
        Assert.Equal(("main", "second"), (Text(begun, "source"), Text(begun, "target")));
        var moved = crm.Until(path, "clearing", "done");
        var during = 0;
        for (; !moved.IsCompleted; during++)
            await (await crm.Crm.Admin.PostEvents(tenant, Lead($"during{during}"))).Tally(1);
        Assert.NotNull(Text(await moved, "switchedAt"));
        await (await crm.Crm.Admin.PostEvents(tenant, Lead("after"))).Tally(1);

        // The old copy stays for a while: nobody is sent to what is being cleared.
        await (await crm.Projections.DeleteAsync(path)).Problem(409, "tenant_move");
        await (await crm.Projections.DeleteAsync($"/v1/tenants/{tenant}?confirm={tenant}")).Problem(409, "tenant_move");
        Assert.Equal(52 + during, await TwoDatabases.EventsIn(crm.Second, tenant));
        var head = await (await crm.Crm.Admin.GetAsync($"/v1/tenants/{tenant}/events?after={51 + during}")).Json();
        Assert.Equal("after", Text(Assert.Single(head.GetProperty("events").EnumerateArray()), "id"));
        Assert.Equal(51 + during, await LeadsOf(tenant, 52 + during));
        var kept = await (await crm.Crm.Admin.GetAsync($"/v1/tenants/{tenant}/quarantine")).Json();
        Assert.Equal("refused", Text(Assert.Single(kept.GetProperty("events").EnumerateArray()), "body"));

        var done = await crm.Until(path, "done");
        Assert.NotNull(Text(done, "finishedAt"));
        Assert.InRange(done.GetProperty("copied").GetInt64(), 51, 51 + during);
        Assert.Equal(0, await TwoDatabases.EventsIn(crm.Main, tenant));
        Assert.Equal(51 + during, await LeadsOf(tenant, 52 + during));
        await (await crm.Move(tenant)).Problem(409, "tenant_move");
        await (await crm.Projections.DeleteAsync(path)).Problem(409, "tenant_move");

        using var deleted = await crm.Projections.DeleteAsync($"/v1/tenants/{tenant}?confirm={tenant}");
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        var erased = await crm.Until($"/v1/tenants/{tenant}/deletion", "done");
        Assert.Equal(52 + during, erased.GetProperty("erased").GetProperty("events.mt_events").GetInt64());
        Assert.Equal(0, await TwoDatabases.EventsIn(crm.Second, tenant));
    }

    [Fact]
    public async Task An_operator_moves_the_tenants_of_every_agency_and_their_trail_tells_it()
    {
        var agency = await Agencies.New(crm.Crm);
        var tenant = await agency.Tenant();
        using var moved = await crm.Move(tenant);
        Assert.Equal(HttpStatusCode.Accepted, moved.StatusCode);
        await crm.Until($"/v1/tenants/{tenant}/move", "clearing");
        var trail = await (await agency.Admin.GetAsync($"/v1/agencies/{agency.Id}/audit")).Json();
        var acts = trail.GetProperty("events").EnumerateArray().Where(act => Text(act, "subject") == $"tenant/{tenant}").ToList();
        Assert.Equal(
            ["tenant.registered", "tenant.settings_changed", "tenant.move_requested", "tenant.moved"], acts.Select(act => Text(act, "type")));
        foreach (var act in acts[2..])
            Assert.Equal(
                """{"source":"main","target":"second"}""", act.GetProperty("data").GetProperty("changes").ToString().Replace(" ", ""));
        Assert.Equal(
            ["key", "process"], acts[2..].Select(act => Text(act.GetProperty("data").GetProperty("actor"), "kind")));
    }

    [Fact]
    public async Task Nobody_else_may_and_learns_anything()
    {
        var agency = await Agencies.New(crm.Crm);
        var tenant = await agency.Tenant();
        var other = await Agencies.New(crm.Crm);
        string[] keys =
        [
            (await agency.Key("admin", "query", "ingest")).Text, (await agency.Key("ingest")).Text, (await agency.Key("query")).Text,
            (await other.Key("admin", "query", "ingest")).Text,
        ];
        foreach (var key in keys)
        {
            using var client = crm.Client(key);
            foreach (var method in (HttpMethod[])[HttpMethod.Post, HttpMethod.Get, HttpMethod.Delete])
            {
                var answers = new List<string>();
                foreach (var id in (string[])[tenant, "never-there"])
                {
                    using var answer = await client.SendAsync(Request(method, id));
                    Assert.Equal("operator", Text(await answer.Problem(403, "missing_scope"), "scope"));
                    answers.Add(await answer.Content.ReadAsStringAsync());
                }
                Assert.Single(answers.Distinct());
            }
        }
        using var nobody = crm.Client(null);
        await (await nobody.SendAsync(Request(HttpMethod.Post, tenant))).Problem(401, "unauthorized");
        Assert.Equal(0, await crm.Main.Scalar<long>("SELECT count(*) FROM control.moves WHERE tenant_id = $1", tenant));
    }

    [Theory]
    [InlineData("{}", "missing_field", "/database")]
    [InlineData("""{"database":null}""", "missing_field", "/database")]
    [InlineData("""{"database":"third"}""", "unknown_value", "/database")]
    [InlineData("""{"database":"SECOND"}""", "unknown_value", "/database")]
    [InlineData("""{"database":"second","at":"once"}""", "unknown_property", "/at")]
    [InlineData("""["second"]""", "wrong_type", "")]
    public async Task A_wrong_body_is_refused_with_its_place(string body, string code, string pointer)
    {
        var tenant = await crm.Crm.Tenant();
        using var refused = await crm.Projections.PostText($"/v1/tenants/{tenant}/move", body);
        var problem = await refused.Problem(400, code);
        Assert.Equal(pointer, Text(problem, "pointer"));
        if (code is "missing_field" or "unknown_value")
            Assert.Equal(["main", "second"], problem.GetProperty("allowed").EnumerateArray().Select(name => name.GetString()));
        await (await crm.Projections.GetAsync($"/v1/tenants/{tenant}/move")).Problem(404, "move_not_found");
    }

    [Fact]
    public async Task What_is_not_there_and_where_it_lives_already_is_told()
    {
        var tenant = await crm.Crm.Tenant();
        await (await crm.Move("never-there")).Problem(404, "tenant_not_found");
        foreach (var id in (string[])[tenant, "never-there"])
            foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Delete])
                await (await crm.Projections.SendAsync(Request(method, id))).Problem(404, "move_not_found");
        await (await crm.Move(tenant, "main")).Problem(409, "tenant_move");
        using var form = new StringContent("database=second", Encoding.UTF8, "application/x-www-form-urlencoded");
        await (await crm.Projections.PostAsync($"/v1/tenants/{tenant}/move", form)).Problem(415, "unsupported_media_type");
    }

    [Fact]
    public async Task While_it_is_open_nothing_else_is_begun_and_when_it_is_cancelled_all_is_as_before()
    {
        var tenant = await crm.Crm.Tenant();
        await crm.Hold(tenant);
        using var first = await crm.Move(tenant);
        using var again = await crm.Move(tenant);
        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        Assert.Equal(Text(await first.Json(), "requestedAt"), Text(await again.Json(), "requestedAt"));
        await (await crm.Move(tenant, "main")).Problem(409, "tenant_move");
        await (await crm.Projections.DeleteAsync($"/v1/tenants/{tenant}?confirm={tenant}")).Problem(409, "tenant_move");
        await (await crm.Projections.PostAsJsonAsync($"/v1/tenants/{tenant}/forget", new { kind = "user", id = "ann" }))
            .Problem(409, "tenant_move");
        Assert.Equal(1, await crm.Main.Scalar<long>("SELECT count(*) FROM control.forgettings WHERE tenant_id = $1", tenant));
        await (await crm.Crm.Admin.PostEvents(tenant, Leads(5))).Tally(5);

        using var cancelled = await crm.Projections.DeleteAsync($"/v1/tenants/{tenant}/move");
        Assert.Equal(HttpStatusCode.Accepted, cancelled.StatusCode);
        var failed = await crm.Until($"/v1/tenants/{tenant}/move", "failed");
        Assert.Equal("It was cancelled.", Text(failed, "failure"));
        await (await crm.Projections.DeleteAsync($"/v1/tenants/{tenant}/move")).Problem(409, "tenant_move");
        Assert.Equal((6, 0), (await TwoDatabases.EventsIn(crm.Main, tenant), await TwoDatabases.EventsIn(crm.Second, tenant)));
        Assert.Equal(0, await crm.Second.Scalar<long>("SELECT count(*) FROM control.tenants WHERE id = $1", tenant));
        using var deleted = await crm.Projections.DeleteAsync($"/v1/tenants/{tenant}?confirm={tenant}");
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
    }

    [Fact]
    public async Task While_a_log_is_closed_for_long_whoever_adds_to_it_is_told_when_to_come_again()
    {
        var tenant = await crm.Crm.Tenant();
        await crm.Main.Execute("UPDATE events.tenant_heads SET home = 'second' WHERE tenant_id = $1", tenant);
        var asked = (Task<HttpResponseMessage>[])
        [
            crm.Crm.Admin.PostEvents(tenant, Lead("a")),
            crm.Crm.Admin.PostEvents(tenant, "refused"),
            crm.Crm.Admin.PutText($"/v1/tenants/{tenant}", """{"inactivityDays":33}"""),
            crm.Projections.PostAsJsonAsync($"/v1/tenants/{tenant}/forget", new { kind = "user", id = "ann" }),
        ];
        foreach (var answer in await Task.WhenAll(asked))
            await answer.Problem(503, "tenant_moving");
        Assert.Equal(0, await crm.Main.Scalar<long>("SELECT count(*) FROM control.quarantine WHERE tenant_id = $1", tenant));

        // One that opens again in time is waited for.
        var waiting = crm.Crm.Admin.PostEvents(tenant, Lead("a"));
        await Task.Delay(TimeSpan.FromSeconds(1));
        await crm.Main.Execute("UPDATE events.tenant_heads SET home = NULL WHERE tenant_id = $1", tenant);
        await (await waiting).Tally(1);
    }

    private async Task<long> LeadsOf(string tenant, long sequence)
    {
        using var answer = await crm.Query.GetAsync(
            $"/v1/tenants/{tenant}/kpis?kpi=leads_created&from=2025-01-01&to=2026-01-01&minSequence={sequence}");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        using var json = JsonDocument.Parse(text);
        var series = json.RootElement.GetProperty("kpis")[0].GetProperty("series")[0];
        return series.GetProperty("points")[0].GetProperty("value").GetInt64();
    }

    private static HttpRequestMessage Request(HttpMethod method, string tenant) => new(method, $"/v1/tenants/{tenant}/move")
    {
        Content = method == HttpMethod.Post ? JsonContent.Create(new { database = "second" }) : null,
    };

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
