using System.Net;
using System.Text.Json;

namespace CrmKpi.Services.Tests.Ingestion;

/// <summary>Registering and setting up.</summary>
public sealed class TenantTests : IAsyncLifetime
{
    private const string Whole = """
        {
          "name": "Acme", "crm": "bitrix24", "industry": "retail", "timeZone": "Europe/Moscow", "currency": "RUB", "locale": "ru",
          "inactivityDays": 90, "purchaseSource": "payments", "stuckDays": 14,
          "pipelines": [
            { "id": "main", "stages": [
              { "id": "new", "name": "New", "semantic": "open", "stuckDays": 3 },
              { "id": "won", "name": "Won", "semantic": "success" } ] },
            { "id": "repeat", "stages": [ { "id": "r1", "name": "R1", "semantic": "open" } ] } ],
          "calendar": { "workingHours": { "mon": { "from": "09:00", "to": "18:00" } }, "holidays": ["2025-01-01"] },
          "crmLaunched": "2025-03-01"
        }
        """;

    private Installation _crm = null!;

    private readonly string _id = Installation.NewTenantId();
    private string _path = null!;

    public async Task InitializeAsync()
    {
        _crm = await Installation.Shared;
        _path = $"/v1/tenants/{_id}";
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_new_tenant_is_created_with_all_that_the_body_says()
    {
        using var answer = await _crm.Admin.PutText(_path, Whole);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal(_path, answer.Headers.Location?.OriginalString);
        Assert.Equal(
            [
                "tenant.registered", "tenant.pipeline_defined", "tenant.pipeline_defined", "tenant.calendar_set",
                "tenant.crm_launched",
            ], await Types());

        var settings = (await (await _crm.Admin.GetAsync(_path)).Json()).GetProperty("settings");
        Assert.Equal("Acme", settings.GetProperty("name").GetString());
        Assert.Equal("Europe/Moscow", settings.GetProperty("timeZone").GetString());
        Assert.Equal(90, settings.GetProperty("inactivityDays").GetInt32());
        Assert.Equal("payments", settings.GetProperty("purchaseSource").GetString());
        Assert.Equal(2, settings.GetProperty("pipelines").GetArrayLength());
        Assert.Equal(3, settings.GetProperty("pipelines")[0].GetProperty("stages")[0].GetProperty("stuckDays").GetInt32());
        Assert.Equal("18:00", settings.GetProperty("calendar").GetProperty("workingHours").GetProperty("mon").GetProperty("to").GetString());
        Assert.Equal("2025-03-01", settings.GetProperty("crmLaunched").GetString());
    }

    [Fact]
    public async Task The_same_body_again_changes_nothing()
    {
        await _crm.Admin.PutText(_path, Whole);
        var before = await Types();
        using var again = await _crm.Admin.PutText(_path, Whole);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(0, (await again.Json()).GetProperty("changes").GetInt32());
        Assert.Equal(before, await Types());
    }

    [Fact]
    public async Task What_the_service_answers_can_be_put_back_unchanged()
    {
        await _crm.Admin.PutText(_path, Whole);
        var settings = (await (await _crm.Admin.GetAsync(_path)).Json()).GetProperty("settings").GetRawText();
        using var again = await _crm.Admin.PutText(_path, settings);
        Assert.Equal(0, (await again.Json()).GetProperty("changes").GetInt32());
    }

    [Fact]
    public async Task Only_what_differs_becomes_an_event_and_going_back_is_a_change_again()
    {
        await _crm.Admin.PutText(_path, """{"name":"Acme","stuckDays":10,"locale":"ru"}""");
        foreach (var days in new[] { 20, 10, 20 })
            Assert.Equal(HttpStatusCode.OK, (await _crm.Admin.PutText(
                _path, $$"""{"name":"Acme","stuckDays":{{days}},"locale":"ru"}""")).StatusCode);
        var events = (await (await _crm.Admin.GetAsync(_path + "/events?stream=tenant")).Json()).GetProperty("events");
        Assert.Equal(4, events.GetArrayLength());
        Assert.All(events.EnumerateArray().Skip(1), e =>
            Assert.Equal(["stuckDays"], e.GetProperty("data").EnumerateObject().Select(p => p.Name)));
        var now = await (await _crm.Admin.GetAsync(_path)).Json();
        Assert.Equal(20, now.GetProperty("settings").GetProperty("stuckDays").GetInt32());
    }

    [Fact]
    public async Task The_launch_of_the_crm_is_unknown_until_it_is_set_and_can_be_moved()
    {
        await _crm.Admin.PutText(_path, """{"name":"Acme","crmLaunched":null}""");
        Assert.Equal(JsonValueKind.Null, (await Launched()).ValueKind);
        foreach (var (day, changes) in new[] { ("2025-03-01", 1), ("2025-03-01", 0), ("2025-04-01", 1), ("2025-03-01", 1) })
        {
            using var answer = await _crm.Admin.PutText(_path, $$"""{"crmLaunched":"{{day}}"}""");
            Assert.Equal(changes, (await answer.Json()).GetProperty("changes").GetInt32());
            Assert.Equal(day, (await Launched()).GetString());
        }
        Assert.Equal(3, (await Types()).Count(t => t == "tenant.crm_launched"));
        // Nothing to say of it leaves it as it is.
        await _crm.Admin.PutText(_path, """{"stuckDays":10,"crmLaunched":null}""");
        Assert.Equal("2025-03-01", (await Launched()).GetString());

        async Task<JsonElement> Launched() =>
            (await (await _crm.Admin.GetAsync(_path)).Json()).GetProperty("settings").GetProperty("crmLaunched");
    }

    [Fact]
    public async Task The_same_registration_many_times_at_once_is_one()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _crm.Admin.PutText(_path, Whole)));
        Assert.Equal(1, answers.Count(a => a.StatusCode == HttpStatusCode.Created));
        Assert.Equal(7, answers.Count(a => a.StatusCode == HttpStatusCode.OK));
        Assert.Equal(5, (await Types()).Count);
    }

    [Fact]
    public async Task A_setting_dated_ahead_is_overruled_all_the_same()
    {
        await _crm.Admin.PutText(_path, """{"name":"Acme"}""");
        var ahead = DateTimeOffset.UtcNow.AddHours(20).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
        await (await _crm.Admin.PostEvents(_id, SampleEvents.Lead(
            "ahead", "tenant", ahead, "tenant.settings_changed", """{"stuckDays":99}"""))).Tally(accepted: 1);
        await _crm.Admin.PutText(_path, """{"stuckDays":7}""");
        var now = await (await _crm.Admin.GetAsync(_path)).Json();
        Assert.Equal(7, now.GetProperty("settings").GetProperty("stuckDays").GetInt32());
    }

    [Theory]
    [InlineData("""{}""", "missing_field", "/name")]
    [InlineData("""{"name":""}""", "missing_field", "/name")]
    [InlineData("""{"name":7}""", "wrong_type", "/name")]
    [InlineData("""{"name":"A","timezone":"UTC"}""", "unknown_property", "/timezone")]
    [InlineData("""{"name":"A","timeZone":"Mars/Olympus"}""", null, "/timeZone")]
    [InlineData("""{"name":"A","currency":"XXQ"}""", "unknown_value", "/currency")]
    [InlineData("""{"name":"A","currency":"rubles"}""", null, "/currency")]
    [InlineData("""{"name":"A","inactivityDays":5}""", "out_of_range", "/inactivityDays")]
    [InlineData("""{"name":"A","purchaseSource":"hope"}""", "unknown_value", "/purchaseSource")]
    [InlineData("""{"name":"A","pipelines":{}}""", "wrong_type", "/pipelines")]
    [InlineData("""{"name":"A","pipelines":[{"id":"p","stages":[{"id":"s","semantic":"maybe"}]}]}""", "unknown_value",
        "/pipelines/0/stages/0/semantic")]
    [InlineData("""{"name":"A","pipelines":[{"stages":[]}]}""", "missing_field", null)]
    [InlineData("""{"name":"A","pipelines":[{"id":"p","stages":[{"id":"s","color":"red"}]}]}""", "unknown_property",
        "/pipelines/0/stages/0/color")]
    [InlineData("""{"name":"A","calendar":{"workingHours":{"mon":{"from":"25:00","to":"26:00"}}}}""", null,
        "/calendar/workingHours/mon/from")]
    [InlineData("""{"name":"A","crmLaunched":"1.3.2025"}""", "bad_time", "/crmLaunched")]
    [InlineData("""{"name":"A","crmLaunched":"2025-02-30"}""", "bad_time", "/crmLaunched")]
    [InlineData("""{"name":"A","crmLaunched":"2201-01-01"}""", "out_of_range", "/crmLaunched")]
    [InlineData("""{"name":"A","crmLaunched":20250301}""", "wrong_type", "/crmLaunched")]
    [InlineData("""{"name":"A","crmLaunched":{"date":"2025-03-01"}}""", "wrong_type", "/crmLaunched")]
    [InlineData("""{"name":"A","name":"B"}""", "malformed_json", null)]
    [InlineData("""[]""", "wrong_type", "")]
    [InlineData("""{""", "malformed_json", null)]
    public async Task A_bad_body_is_told_where_and_makes_no_tenant(string body, string? code, string? pointer)
    {
        using var answer = await _crm.Admin.PutText(_path, body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var problem = await answer.Problem(400, code ?? (await answer.Json()).GetProperty("code").GetString()!);
        if (pointer is not null)
            Assert.Equal(pointer, problem.GetProperty("pointer").GetString());
        Assert.Equal(0, await _crm.Database.Scalar<long>("SELECT count(*) FROM control.tenants WHERE id = $1", _id));
    }

    [Theory]
    [InlineData("Acme")]
    [InlineData("-acme")]
    [InlineData("a_b")]
    [InlineData("a%20b")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task An_id_has_a_form(string id) =>
        await (await _crm.Admin.PutText($"/v1/tenants/{id}", """{"name":"A"}""")).Problem(400, "bad_parameter");

    [Fact]
    public async Task The_list_is_paged_and_shows_what_the_key_may_see()
    {
        await using var crm = await Installation.Start();
        foreach (var id in new[] { "c", "a", "b" })
            await crm.Tenant(id);
        var first = await (await crm.Admin.GetAsync("/v1/tenants?limit=2")).Json();
        Assert.Equal(["a", "b"], Ids(first));
        var second = await (await crm.Admin.GetAsync($"/v1/tenants?limit=2&after={first.GetProperty("next").GetString()}")).Json();
        Assert.Equal(["c"], Ids(second));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);

        var (key, _) = await crm.Key(["query"], ["b", "c"]);
        using var bound = crm.Client(key);
        Assert.Equal(["b", "c"], Ids(await (await bound.GetAsync("/v1/tenants")).Json()));
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=1001")]
    [InlineData("limit=many")]
    public async Task A_wrong_limit_is_named(string query)
    {
        var problem = await (await _crm.Admin.GetAsync($"/v1/tenants?{query}")).Problem(400, "bad_parameter");
        Assert.Equal("limit", problem.GetProperty("parameter").GetString());
    }

    private async Task<List<string>> Types() =>
        [.. (await (await _crm.Admin.GetAsync(_path + "/events?stream=tenant")).Json())
            .GetProperty("events").EnumerateArray().Select(e => e.GetProperty("type").GetString()!)];

    private static IEnumerable<string?> Ids(JsonElement page) =>
        page.GetProperty("tenants").EnumerateArray().Select(t => t.GetProperty("id").GetString());
}
