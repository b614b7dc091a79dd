using System.Text.Json;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Services.Tests.Query;

/// <summary><c>GET /v1/tenants/{tenant}/targets</c> on 1 May 2025.</summary>
public sealed class TargetsHttpTests(QueryService service) : IClassFixture<QueryService>
{
    [Fact]
    public async Task Each_target_is_shown_with_where_it_stands_and_how_it_was_set()
    {
        var key = await Tenant("stands");
        var answer = await service.Json("/v1/tenants/stands/targets", key);
        Assert.Equal(("2025-04-01", "2025-05-01"), (Text(answer, "from"), Text(answer, "to")));
        Assert.Equal("2025-01-01", Text(answer.GetProperty("baseline"), "from"));
        Assert.Equal("2025-02-01", Text(answer, "crmLaunched"));
        var targets = answer.GetProperty("targets");
        Assert.Equal(["leads_created", "no_such", "win_rate"], targets.EnumerateArray().Select(t => Text(t, "kpi")));

        var leads = targets[0];
        Assert.Equal(
            ("Leads created", "count", "up", "2025-05-30", 6m, "day", 2m),
            (Text(leads, "name"), Text(leads, "unit"), Text(leads, "better"), Text(leads, "due"), Number(leads, "target"), Text(leads, "per"),
                Number(leads, "start")));
        Assert.Equal((4m, 3m, 75m, 50m), (
            Number(leads, "expected"), Number(leads, "value"), Number(leads, "attainment"), Number(leads, "attainmentOfTarget")));
        var forecast = leads.GetProperty("forecast");
        Assert.Equal(("week", 3), (Text(forecast, "grain"), forecast.GetProperty("n").GetInt32()));
        Assert.Equal([5m, 6m], leads.GetProperty("history").EnumerateArray().Select(h => Number(h, "target")));
        Assert.Equal("2025-04-02T10:00:00.000000Z", Text(leads.GetProperty("history")[1], "setAt"));
        Assert.True(leads.GetProperty("known").GetBoolean());
    }

    [Fact]
    public async Task A_target_of_an_unknown_kpi_and_one_for_a_group_are_shown_as_what_they_are()
    {
        var key = await Tenant("odd");
        var targets = (await service.Json("/v1/tenants/odd/targets?lang=ru", key)).GetProperty("targets");
        Assert.False(targets[1].GetProperty("known").GetBoolean());
        Assert.False(targets[1].TryGetProperty("attainment", out _));
        Assert.Equal("ann", targets[2].GetProperty("filters").GetProperty("manager")[0].GetString());
        Assert.False(targets[2].TryGetProperty("per", out _));
        Assert.Equal(JsonValueKind.Null, targets[2].GetProperty("value").ValueKind);
        Assert.Equal(JsonValueKind.Null, targets[2].GetProperty("forecast").ValueKind);
        Assert.Equal("Доля выигранных сделок", Text(targets[2], "name"));
    }

    [Fact]
    public async Task The_list_is_paged()
    {
        var key = await Tenant("paged");
        var first = await service.Json("/v1/tenants/paged/targets?limit=2", key);
        var second = await service.Json($"/v1/tenants/paged/targets?limit=2&page={Text(first, "nextPage")}", key);
        Assert.Equal(
            ["leads_created", "no_such", "win_rate"],
            new[] { first, second }.SelectMany(a => a.GetProperty("targets").EnumerateArray()).Select(t => Text(t, "kpi")));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("nextPage").ValueKind);
    }

    [Fact]
    public async Task A_target_that_is_set_shows_at_once_for_who_waits_for_it()
    {
        var key = await Tenant("fresh");
        Assert.Equal(3, (await service.Json("/v1/tenants/fresh/targets", key)).GetProperty("targets").GetArrayLength());
        var sequence = await service.Given("fresh", Set("""{"kpi":"nps","value":40,"due":"2025-12-31"}"""));
        Assert.Equal(
            4, (await service.Json($"/v1/tenants/fresh/targets?minSequence={sequence}", key)).GetProperty("targets").GetArrayLength());
    }

    [Fact]
    public async Task Without_targets_or_data_the_list_is_empty()
    {
        await service.Register("none");
        var answer = await service.Json("/v1/tenants/none/targets", await service.Key(Scopes.Query, "none"));
        Assert.Equal(0, answer.GetProperty("targets").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("baseline").ValueKind);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=201", "limit")]
    [InlineData("page=zz", "page")]
    [InlineData("kpi=nps", "kpi")]
    [InlineData("lang=de", "lang")]
    [InlineData("minSequence=x", "minSequence")]
    public async Task A_wrong_parameter_is_named(string query, string parameter)
    {
        await service.Register("wrong");
        using var response = await service.Get($"/v1/tenants/wrong/targets?{query}", await service.Key(Scopes.Query, "wrong"));
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal(parameter, Text(JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement, "parameter"));
    }

    [Fact]
    public async Task The_scope_is_asked_for()
    {
        await service.Register("closed");
        using var response = await service.Get("/v1/tenants/closed/targets", await service.Key(Scopes.Ingest, "closed"));
        Assert.Equal(403, (int)response.StatusCode);
    }

    // Ninety leads of April: three a day. The path goes from two a day to six within sixty days, of which thirty are over.
    private async Task<string> Tenant(string tenant)
    {
        await service.Register(tenant);
        var events = new List<(string, string, string, string)>
        {
            ("tenant.registered", "tenant", "2024-01-01T00:00:00", """{"name":"Shop","timeZone":"UTC","currency":"EUR","locale":"en"}"""),
            ("tenant.baseline_set", "tenant", "2025-02-01T00:00:00", """{"from":"2025-01-01","to":"2025-02-01"}"""),
            ("tenant.crm_launched", "tenant", "2025-02-01T00:00:00", """{"date":"2025-02-01"}"""),
            Set("""{"kpi":"leads_created","value":5,"due":"2025-05-30","per":"day","from":"2025-04-01","start":2}""", "2025-04-01"),
            Set("""{"kpi":"leads_created","value":6,"due":"2025-05-30","per":"day","from":"2025-04-01","start":2}""", "2025-04-02"),
            Set("""{"kpi":"win_rate","value":60,"due":"2025-12-31","filters":{"manager":["ann"]}}"""),
            Set("""{"kpi":"no_such","value":60,"due":"2025-12-31"}"""),
        };
        for (var i = 0; i < 90; i++)
            events.Add(("lead.created", $"lead/{i}", $"2025-04-{1 + i / 3:00}T10:00:00", "{}"));
        await service.Given(tenant, [.. events]);
        return await service.Key(Scopes.Query, tenant);
    }

    private static (string, string, string, string) Set(string data, string day = "2025-04-03") =>
        ("tenant.target_set", "tenant", $"{day}T10:00:00", data);

    private static decimal Number(JsonElement element, string name) => element.GetProperty(name).GetDecimal();

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
