using System.Net;
using System.Text.Json;

namespace CrmKpi.Services.Tests.Ingestion;

/// <summary>Setting a baseline and targets.</summary>
public sealed class GoalTests : IAsyncLifetime
{
    private const string Target = """{"kpi":"win_rate","value":30,"due":"2026-06-30","start":10,"filters":{"manager":["ann","(blank)"]}}""";

    private Installation _crm = null!;
    private string _path = null!;

    public async Task InitializeAsync()
    {
        _crm = await Installation.Shared;
        _path = $"/v1/tenants/{await _crm.Tenant()}";
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_baseline_becomes_an_event_once()
    {
        foreach (var changes in new[] { 1, 0 })
        {
            using var answer = await _crm.Admin.PutText($"{_path}/baseline", """{"from":"2025-01-01","to":"2025-04-01"}""");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var body = await answer.Json();
            Assert.Equal(
                (changes, "2025-01-01", "2025-04-01"),
                (body.GetProperty("changes").GetInt32(), body.GetProperty("from").GetString(), body.GetProperty("to").GetString()));
        }
        await _crm.Admin.PutText($"{_path}/baseline", """{"from":"2025-02-01","to":"2025-04-01"}""");
        await _crm.Admin.PutText($"{_path}/baseline", """{"from":"2025-01-01","to":"2025-04-01"}""");
        Assert.Equal(3, (await Events()).Count(e => Type(e) == "tenant.baseline_set"));
    }

    [Fact]
    public async Task A_target_becomes_an_event_as_it_was_said_and_only_a_change_another()
    {
        foreach (var (body, changes) in new[] { (Target, 1), (Target, 0), (Target.Replace("30,", "35,"), 1), (Target, 1), ($"[{Target}]", 0) })
        {
            using var answer = await _crm.Admin.PutText($"{_path}/targets", body);
            Assert.Equal(changes, (await answer.Json()).GetProperty("changes").GetInt32());
        }
        var sets = (await Events()).Where(e => Type(e) == "tenant.target_set").ToList();
        Assert.Equal([30m, 35, 30], sets.Select(e => e.GetProperty("data").GetProperty("value").GetDecimal()));
        Assert.Equal("ann", sets[0].GetProperty("data").GetProperty("filters").GetProperty("manager")[0].GetString());
    }

    [Fact]
    public async Task A_list_sets_each_that_differs()
    {
        const string Others = """{"kpi":"leads_created","value":50,"due":"2026-06-30","per":"day"},{"kpi":"sales_cycle.median","value":9.5,"due":"2026-06-30"}""";
        await _crm.Admin.PutText($"{_path}/targets", Target);
        using var answer = await _crm.Admin.PutText($"{_path}/targets", $"[{Target},{Others}]");
        var body = await answer.Json();
        Assert.Equal((2, 3), (body.GetProperty("changes").GetInt32(), body.GetProperty("targets").GetInt32()));
        // The day on which a path begins is that of the first set: it is not moved by saying the same again.
        using var again = await _crm.Admin.PutText($"{_path}/targets", $"[{Others}]");
        Assert.Equal(0, (await again.Json()).GetProperty("changes").GetInt32());
    }

    [Fact]
    public async Task The_same_many_times_at_once_is_one()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => _crm.Admin.PutText($"{_path}/targets", Target)));
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        Assert.Single(await Events(), e => Type(e) == "tenant.target_set");
    }

    [Theory]
    [InlineData("""{"from":"2025-01-01"}""", "missing_field", "/to")]
    [InlineData("""{"from":"2025-01-01","to":"2025-01-01"}""", "out_of_range", "/to")]
    [InlineData("""{"from":"2015-01-01","to":"2026-01-01"}""", "out_of_range", "/to")]
    [InlineData("""{"from":"1.1.2025","to":"2026-01-01"}""", "bad_time", "/from")]
    [InlineData("""{"from":20250101,"to":"2026-01-01"}""", null, "/from")]
    [InlineData("""{"from":"2025-01-01","to":"2025-02-01","until":"x"}""", "unknown_property", "/until")]
    [InlineData("""[]""", "wrong_type", "")]
    [InlineData("""{""", "malformed_json", null)]
    public async Task A_bad_baseline_is_told_where(string body, string? code, string? pointer) =>
        await Refused("baseline", body, code, pointer);

    [Theory]
    [InlineData("""{"kpi":"win_rtae","value":30,"due":"2026-06-30"}""", "unknown_kpi", "/kpi")]
    [InlineData("""{"kpi":"win_rate","value":130,"due":"2026-06-30"}""", "out_of_range", "/value")]
    [InlineData("""{"kpi":"leads_created","value":-1,"due":"2026-06-30"}""", "out_of_range", "/value")]
    [InlineData("""{"kpi":"win_rate","value":30,"due":"2026-06-30","start":101}""", "out_of_range", "/start")]
    [InlineData("""{"kpi":"win_rate","value":"30","due":"2026-06-30"}""", "wrong_type", "/value")]
    [InlineData("""{"kpi":"win_rate","value":30}""", "missing_field", "/due")]
    [InlineData("""{"kpi":"win_rate","value":30,"due":"2026-06-31"}""", null, "/due")]
    [InlineData("""{"kpi":"win_rate","value":30,"due":"2026-06-30","from":"2026-07-01"}""", "out_of_range", "/from")]
    [InlineData("""{"kpi":"win_rate","value":30,"due":"2026-06-30","path":"steep"}""", "unknown_value", "/path")]
    [InlineData("""{"kpi":"win_rate","value":30,"due":"2026-06-30","per":"hour"}""", "unknown_value", "/per")]
    [InlineData("""{"kpi":"win_rate","value":30,"due":"2026-06-30","filters":{"colour":["red"]}}""", "unknown_value", "/filters")]
    [InlineData("""{"kpi":"win_rate","value":30,"due":"2026-06-30","filters":{"stage":["new"]}}""", "unknown_value", "/filters/stage")]
    [InlineData("""{"kpi":"win_rate","value":30,"due":"2026-06-30","filters":{"manager":"ann"}}""", "wrong_type", "/filters/manager")]
    [InlineData("""{"kpi":"win_rate","value":30,"due":"2026-06-30","goal":1}""", "unknown_property", "/goal")]
    [InlineData("""[{"kpi":"win_rate","value":30,"due":"2026-06-30"},{"kpi":"x","value":1,"due":"2026-06-30"}]""", "unknown_kpi", "/1/kpi")]
    [InlineData("""[{"kpi":"csat","value":90,"due":"2026-06-30"},{"kpi":"csat","value":91,"due":"2026-06-30"}]""", "duplicate_key", "/1")]
    [InlineData("""[]""", "too_large", "")]
    [InlineData("""[1]""", "wrong_type", "/0")]
    [InlineData("""7""", "wrong_type", "")]
    public async Task A_bad_target_is_told_where_and_none_is_set(string body, string? code, string? pointer) =>
        await Refused("targets", body, code, pointer);

    [Fact]
    public async Task Only_so_many_at_once()
    {
        var list = string.Join(',', Enumerable.Range(0, 101).Select(i => $$"""{"kpi":"win_rate","value":{{i}},"due":"2026-06-30"}"""));
        await Refused("targets", $"[{list}]", "too_large", "");
    }

    [Fact]
    public async Task Only_an_admin_of_the_tenant_may()
    {
        var (key, _) = await _crm.Key(["query", "ingest"]);
        using var client = _crm.Client(key);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PutText($"{_path}/targets", Target)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PutText($"{_path}/baseline", "{}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _crm.Admin.PutText("/v1/tenants/nobody-here/targets", Target)).StatusCode);
    }

    private async Task Refused(string what, string body, string? code, string? pointer)
    {
        using var answer = await _crm.Admin.PutText($"{_path}/{what}", body);
        var problem = await answer.Problem(400, code ?? (await answer.Json()).GetProperty("code").GetString()!);
        if (pointer is not null)
            Assert.Equal(pointer, problem.GetProperty("pointer").GetString());
        Assert.DoesNotContain(await Events(), e => Type(e) != "tenant.registered");
    }

    private async Task<List<JsonElement>> Events() =>
        [.. (await (await _crm.Admin.GetAsync(_path + "/events?stream=tenant")).Json()).GetProperty("events").EnumerateArray()];

    private static string Type(JsonElement e) => e.GetProperty("type").GetString()!;
}
