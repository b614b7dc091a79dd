using System.Text.Json;

namespace CrmKpi.Services.Tests.Access;

/// <summary>The trail of administrative acts.</summary>
public sealed class AuditTests : IAsyncLifetime
{
    private Installation _crm = null!;
    private Agencies _agency = null!;

    public async Task InitializeAsync()
    {
        _crm = await Installation.Shared;
        _agency = await Agencies.New(_crm);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Acts_are_cloud_events_in_their_order_that_say_who_did_what()
    {
        var tenant = await _agency.Tenant();
        var (_, key) = await _agency.Key("query");
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"/v1/keys/{key}");
        request.Headers.Add("X-Request-Id", "the-request");
        (await _agency.Admin.SendAsync(request)).EnsureSuccessStatusCode();

        var events = await Trail();
        Assert.Equal(
            [
                ("agency.registered", $"agency/{_agency.Id}"), ("key.created", $"key/{AdminId(events)}"),
                ("tenant.registered", $"tenant/{tenant}"), ("tenant.settings_changed", $"tenant/{tenant}"),
                ("key.created", $"key/{key}"), ("key.revoked", $"key/{key}"),
            ],
            events.Select(e => (e.GetProperty("type").GetString(), e.GetProperty("subject").GetString())));
        Assert.Equal(Enumerable.Range(1, 6).Select(i => $"{i}"), events.Select(e => e.GetProperty("sequence").GetString()));
        var last = events[^1];
        Assert.Equal(
            ("1.0", "crmkpi/control", $"{_agency.Id}/6"),
            (last.GetProperty("specversion").GetString(), last.GetProperty("source").GetString(), last.GetProperty("id").GetString()));
        Assert.Equal("the-request", last.GetProperty("data").GetProperty("requestId").GetString());
        Assert.Equal(("key", AdminId(events), _agency.Id), ActorOf(last));
        // What the operator did stands in the trail of the agency that it was done to, with the operator's own agency.
        Assert.Equal(("key", _crm.AdminKey.Split('_')[1], "default"), ActorOf(events[4]));
        var made = events[4].GetProperty("data").GetProperty("changes");
        Assert.Equal(("test", "query"), (made.GetProperty("name").GetString(), made.GetProperty("scopes")[0].GetString()));
    }

    [Fact]
    public async Task Settings_own_kpis_and_clones_are_in_the_trail()
    {
        var (from, to) = (await _agency.Tenant(), await _agency.Tenant());
        var kpi = """{"name":"Load","unit":"count","better":"up","formula":"deals_won * 10","sample":"none"}""";
        (await _agency.Admin.PutText($"/v1/tenants/{from}", """{"currency":"EUR"}""")).EnsureSuccessStatusCode();
        (await _agency.Admin.PutText($"/v1/tenants/{from}", """{"currency":"EUR"}""")).EnsureSuccessStatusCode();
        (await _agency.Admin.PutText($"/v1/tenants/{from}/kpis/load", kpi)).EnsureSuccessStatusCode();
        (await _agency.Admin.PutText($"/v1/agencies/{_agency.Id}/kpis/load", kpi)).EnsureSuccessStatusCode();
        (await _agency.Admin.DeleteAsync($"/v1/agencies/{_agency.Id}/kpis/load")).EnsureSuccessStatusCode();
        (await _agency.Admin.PostText($"/v1/tenants/{to}/clone", $$"""{"from":"{{from}}","what":["kpis"]}"""))
            .EnsureSuccessStatusCode();

        var events = (await Trail()).Skip(6).ToList();
        Assert.Equal(
            [
                ("tenant.settings_changed", $"tenant/{from}"), ("kpis.changed", $"tenant/{from}"),
                ("kpis.changed", $"agency/{_agency.Id}"), ("kpis.changed", $"agency/{_agency.Id}"),
                ("tenant.clone_requested", $"tenant/{to}"), ("kpis.changed", $"tenant/{to}"),
            ],
            events.Select(e => (e.GetProperty("type").GetString(), e.GetProperty("subject").GetString())));
        var settings = events[0].GetProperty("data").GetProperty("changes");
        Assert.Equal((2, 2), (settings.GetProperty("fromVersion").GetInt32(), settings.GetProperty("toVersion").GetInt32()));
        Assert.Equal("load", events[3].GetProperty("data").GetProperty("changes").GetProperty("removed")[0].GetString());
        Assert.Equal(from, events[4].GetProperty("data").GetProperty("changes").GetProperty("from").GetString());
    }

    [Fact]
    public async Task A_quota_is_in_the_trail_of_the_agency_that_it_limits()
    {
        (await _crm.Admin.PutText($"/v1/agencies/{_agency.Id}/quota", """{"eventsPerDay":1000,"tenants":null}"""))
            .EnsureSuccessStatusCode();
        var last = (await Trail())[^1];
        Assert.Equal("agency.quota_set", last.GetProperty("type").GetString());
        Assert.Equal("default", ActorOf(last).Item3);
        var changes = last.GetProperty("data").GetProperty("changes");
        Assert.Equal(1000, changes.GetProperty("eventsPerDay").GetInt64());
        Assert.Equal(JsonValueKind.Null, changes.GetProperty("tenants").ValueKind);
    }

    [Fact]
    public async Task No_secret_is_in_the_trail()
    {
        var (text, id) = await _agency.Key("query");
        var made = await (await _agency.Admin.PostText($"/v1/keys/{id}/rotate", "{}")).Json();
        var trail = await _agency.Admin.GetStringAsync($"/v1/agencies/{_agency.Id}/audit");
        Assert.Contains("key.rotated", trail);
        Assert.Contains(made.GetProperty("id").GetString()!, trail);
        Assert.DoesNotContain(text.Split('_')[2], trail);
        Assert.DoesNotContain(made.GetProperty("key").GetString()!.Split('_')[2], trail);
    }

    [Fact]
    public async Task Acts_at_once_are_numbered_without_gaps_and_paged_in_order()
    {
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => i % 4 == 0
            // Refused after the row of the agency is locked by others: leaves no gap.
            ? _agency.Admin.PostText("/v1/keys", """{"name":"x","scopes":["query"],"tenants":["nobody"]}""")
            : _agency.Admin.PostText("/v1/keys", """{"name":"x","scopes":["query"]}""")));
        var events = await Trail(limit: 7);
        Assert.Equal(32, events.Count);
        Assert.Equal(
            Enumerable.Range(1, 32).Select(i => $"{_agency.Id}/{i}"), events.Select(e => e.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task A_trail_names_tenants_so_that_only_admins_of_the_agency_read_it()
    {
        var path = $"/v1/agencies/{_agency.Id}/audit";
        Assert.Equal(2, (await (await _agency.Admin.GetAsync(path)).Json()).GetProperty("events").GetArrayLength());
        await (await _crm.Admin.GetAsync(path)).Problem(404, "agency_not_found");
        var (text, _) = await _agency.Key("query", "ingest");
        using var client = _crm.Client(text);
        await (await client.GetAsync(path)).Problem(403, "missing_scope");
        using var nobody = _crm.Client();
        await (await nobody.GetAsync(path)).Problem(401, "unauthorized");
    }

    [Theory]
    [InlineData("?after=-1", "after")]
    [InlineData("?after=x", "after")]
    [InlineData("?after=99999999999999999999", "after")]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=1001", "limit")]
    public async Task A_bad_page_is_400(string query, string parameter)
    {
        var problem = await (await _agency.Admin.GetAsync($"/v1/agencies/{_agency.Id}/audit{query}")).Problem(400, "bad_parameter");
        Assert.Equal(parameter, problem.GetProperty("parameter").GetString());
    }

    private async Task<List<JsonElement>> Trail(int limit = 100)
    {
        var (events, after) = (new List<JsonElement>(), (long?)0);
        while (after is not null)
        {
            var page = await (await _agency.Admin.GetAsync(
                $"/v1/agencies/{_agency.Id}/audit?after={after}&limit={limit}")).Json();
            events.AddRange(page.GetProperty("events").EnumerateArray());
            after = page.GetProperty("next") is { ValueKind: JsonValueKind.Number } next ? next.GetInt64() : null;
        }
        return events;
    }

    private static string AdminId(List<JsonElement> events) => events[1].GetProperty("subject").GetString()!["key/".Length..];

    private static (string?, string?, string?) ActorOf(JsonElement e)
    {
        var actor = e.GetProperty("data").GetProperty("actor");
        return (actor.GetProperty("kind").GetString(), actor.GetProperty("id").GetString(), actor.GetProperty("agency").GetString());
    }
}
