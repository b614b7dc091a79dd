using System.Net;
using System.Text.Json;

namespace CrmKpi.Services.Tests.Cloning;

/// <summary>Copying from tenant to tenant.</summary>
public sealed class CloneTests : IAsyncLifetime
{
    private const string Settings = """
        {"name":"From","timeZone":"Europe/Moscow","currency":"EUR","locale":"ru","stuckDays":14,"cacCategories":["ads"],
         "pipelines":[{"id":"main","stages":[{"id":"new","name":"New","semantic":"open"}]}],
         "calendar":{"workingHours":{"mon":{"from":"09:00","to":"18:00"}},"holidays":["2025-01-01"]}}
        """;

    private Agencies _agency = null!;
    private string _from = null!;
    private string _to = null!;

    public async Task InitializeAsync()
    {
        _agency = await Agencies.New(await Installation.Shared);
        (_from, _to) = (await _agency.Tenant(), await _agency.Tenant());
        await Ok(_agency.Admin.PutText($"/v1/tenants/{_from}", Settings));
        await Define(_from, "base", "deals_won");
        await Define(_from, "twice", "kpi(base) * 2");
        await Target(_from, "t1", "twice", 5);
        await Target(_from, "t2", "win_rate", 30);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Kpis_targets_and_settings_are_copied_in_one_call()
    {
        var report = await Clone();
        Assert.Equal(["base", "twice"], Copied(report, "kpis"));
        Assert.Equal(["twice 2025-12-31", "win_rate 2025-12-31"], Copied(report, "targets"));
        Assert.Equal(["stuckDays", "cacCategories", "pipelines/main", "calendar"], Copied(report, "settings"));

        var settings = (await (await _agency.Admin.GetAsync($"/v1/tenants/{_to}")).Json()).GetProperty("settings");
        Assert.Equal(14, settings.GetProperty("stuckDays").GetInt32());
        Assert.Equal("main", settings.GetProperty("pipelines")[0].GetProperty("id").GetString());
        Assert.Equal(("T", "UTC", "RUB"),
            (Text(settings, "name"), Text(settings, "timeZone"), Text(settings, "currency")));
        Assert.Equal("kpi(base) * 2", Text((await Kpi(_to, "twice")).GetProperty("kpi"), "formula"));
        Assert.Equal(2, (await TargetEvents(_to)).Count);
        Assert.Equal(await TargetEvents(_from), await TargetEvents(_to));
    }

    [Fact]
    public async Task The_same_call_again_copies_nothing_and_then_what_is_new()
    {
        await Clone();
        var sequence = (await Clone()).GetProperty("sequence").GetInt64();
        var again = await Clone();
        foreach (var part in new[] { "kpis", "targets", "settings" })
        {
            Assert.Empty(Copied(again, part));
            Assert.All(again.GetProperty(part).GetProperty("skipped").EnumerateArray(), s =>
                Assert.Equal("same", Text(s, "reason")));
        }
        Assert.Equal(sequence, again.GetProperty("sequence").GetInt64());

        await Define(_from, "third", "deals_lost");
        await Target(_from, "t3", "third", 1);
        var more = await Clone();
        Assert.Equal(["third"], Copied(more, "kpis"));
        Assert.Equal(["third 2025-12-31"], Copied(more, "targets"));
    }

    [Fact]
    public async Task What_the_other_has_defined_itself_is_kept_and_named()
    {
        await Define(_to, "base", "deals_lost");
        var report = await Clone("kpis");
        Assert.Equal(["twice"], Copied(report, "kpis"));
        Assert.Equal([("base", "exists")], Skipped(report, "kpis"));
        Assert.Equal("deals_lost", Text((await Kpi(_to, "base")).GetProperty("kpi"), "formula"));
        Assert.False(report.TryGetProperty("targets", out _));
        Assert.Empty(await TargetEvents(_to));
    }

    [Fact]
    public async Task What_could_not_be_computed_there_is_left_out_with_its_targets()
    {
        await Ok(_agency.Admin.PutText(
            $"/v1/tenants/{_to}/kpis/base",
            """{"name":"N","unit":"money","better":"up","formula":"sum(deals_won)"}"""));
        await Define(_from, "fourfold", "kpi(twice) * 2");
        var report = await Clone("kpis", "targets");
        Assert.Empty(Copied(report, "kpis"));
        Assert.Equal([("base", "exists"), ("fourfold", "broken"), ("twice", "broken")], Skipped(report, "kpis"));
        Assert.Equal(["win_rate 2025-12-31"], Copied(report, "targets"));
        Assert.Equal([("twice 2025-12-31", "unknown_kpi")], Skipped(report, "targets"));
    }

    [Fact]
    public async Task Time_zone_and_currency_come_along_when_they_are_named()
    {
        var report = await Clone("timeZone", "currency");
        Assert.Equal(["timeZone", "currency"], Copied(report, "settings"));
        var settings = (await (await _agency.Admin.GetAsync($"/v1/tenants/{_to}")).Json()).GetProperty("settings");
        Assert.Equal(("Europe/Moscow", "EUR", 30),
            (Text(settings, "timeZone"), Text(settings, "currency"), settings.GetProperty("stuckDays").GetInt32()));
    }

    [Fact]
    public async Task Both_tenants_must_be_the_keys_and_a_foreign_one_looks_like_none()
    {
        var foreign = await (await Agencies.New(_agency.Crm)).Tenant();
        var unknown = await (await Post(_agency.Admin, _to, """{"from":"no-such"}""")).Problem(404, "tenant_not_found");
        var other = await (await Post(_agency.Admin, _to, $$"""{"from":"{{foreign}}"}""")).Problem(404,
            "tenant_not_found");
        Assert.Equal(unknown.GetRawText(), other.GetRawText());
        await (await Post(await _agency.Bound(_to), _to, $$"""{"from":"{{_from}}"}""")).Problem(404,
            "tenant_not_found");
        await (await Post(await _agency.Bound(_from), _to, $$"""{"from":"{{_from}}"}""")).Problem(404,
            "tenant_not_found");
        Assert.Equal(HttpStatusCode.OK,
            (await Post(await _agency.Bound(_from, _to), _to, $$"""{"from":"{{_from}}"}""")).StatusCode);
    }

    [Theory]
    [InlineData("{}", "missing_field", "/from")]
    [InlineData("""{"from":7}""", "missing_field", "/from")]
    [InlineData("""{"from":"SELF"}""", "out_of_range", "/from")]
    [InlineData("""{"from":"x","what":[]}""", "missing_field", "/what")]
    [InlineData("""{"from":"x","what":"kpis"}""", "wrong_type", "/what")]
    [InlineData("""{"from":"x","what":["kpis","name"]}""", "unknown_value", "/what/1")]
    [InlineData("""{"from":"x","deep":true}""", "unknown_property", "/deep")]
    [InlineData("[]", "wrong_type", "")]
    public async Task A_wrong_body_is_refused_with_the_place(string body, string code, string pointer)
    {
        var problem = await (await Post(_agency.Admin, _to, body.Replace("SELF", _to))).Problem(400, code);
        Assert.Equal(pointer, Text(problem, "pointer"));
    }

    private static Task<HttpResponseMessage> Post(HttpClient client, string to, string body) =>
        client.PostText($"/v1/tenants/{to}/clone", body);

    private async Task<JsonElement> Clone(params string[] what)
    {
        var body = what.Length == 0
            ? JsonSerializer.Serialize(new { from = _from })
            : JsonSerializer.Serialize(new { from = _from, what });
        using var answer = await Post(_agency.Admin, _to, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private Task Define(string tenant, string id, string formula) => Ok(_agency.Admin.PutText(
        $"/v1/tenants/{tenant}/kpis/{id}",
        JsonSerializer.Serialize(new { name = "N", unit = "count", better = "up", formula })));

    private async Task Target(string tenant, string id, string kpi, int value)
    {
        using var answer = await _agency.Admin.PostEvents(tenant, $$$"""
            {"specversion":"1.0","id":"{{{id}}}","source":"test","type":"tenant.target_set","subject":"tenant","time":"2025-01-01T00:00:00Z","data":{"kpi":"{{{kpi}}}","value":{{{value}}},"due":"2025-12-31"}}
            """);
        await answer.Tally(1);
    }

    private async Task<JsonElement> Kpi(string tenant, string id) =>
        await (await _agency.Admin.GetAsync($"/v1/tenants/{tenant}/kpis/{id}")).Json();

    private async Task<IReadOnlyList<string>> TargetEvents(string tenant) =>
    [
        .. (await (await _agency.Admin.GetAsync($"/v1/tenants/{tenant}/events?stream=tenant&limit=1000")).Json())
            .GetProperty("events").EnumerateArray().Where(e => Text(e, "type") == "tenant.target_set")
            .Select(e => e.GetProperty("data").GetRawText()),
    ];

    private static IEnumerable<string> Copied(JsonElement report, string part) =>
        report.GetProperty(part).GetProperty("copied").EnumerateArray().Select(c => c.GetString()!);

    private static IEnumerable<(string, string)> Skipped(JsonElement report, string part) =>
        report.GetProperty(part).GetProperty("skipped").EnumerateArray().Select(s =>
            (Text(s, "name"), Text(s, "reason")));

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static async Task Ok(Task<HttpResponseMessage> sent)
    {
        using var answer = await sent;
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
