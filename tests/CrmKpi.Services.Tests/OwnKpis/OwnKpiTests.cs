using System.Net;
using System.Text.Json;
using CrmKpi.Domain.Kpis.Own;

namespace CrmKpi.Services.Tests.OwnKpis;

/// <summary>Defining KPIs.</summary>
public sealed class OwnKpiTests : IAsyncLifetime
{
    private Installation _crm = null!;
    private string _tenant = null!;

    public async Task InitializeAsync()
    {
        _crm = await Installation.Shared;
        _tenant = await _crm.Tenant();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_definition_is_saved_shown_listed_and_deleted()
    {
        using var made = await _crm.Admin.PutText(Path("margin_share"), """
            {"name":{"ru":"Доля маржи","en":"Margin share"},"unit":"%","better":"up",
             "formula":"sum(purchase_margin) / sum(purchase_margin_base)","norm":{"low":20}}
            """);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal(Path("margin_share"), made.Headers.Location?.OriginalString);
        Assert.Equal(1, (await made.Json()).GetProperty("version").GetInt64());

        var shown = await (await _crm.Admin.GetAsync(Path("margin_share"))).Json();
        Assert.Equal("tenant", shown.GetProperty("owner").GetString());
        Assert.Equal("Доля маржи", shown.GetProperty("kpi").GetProperty("name").GetProperty("ru").GetString());
        Assert.Equal(20, shown.GetProperty("kpi").GetProperty("norm").GetProperty("low").GetInt32());
        Assert.Equal("margin_share", (await List(_crm.Admin, _tenant)).Single().Id);

        Assert.Equal(HttpStatusCode.NoContent, (await _crm.Admin.DeleteAsync(Path("margin_share"))).StatusCode);
        await (await _crm.Admin.DeleteAsync(Path("margin_share"))).Problem(404, "kpi_not_found");
        await (await _crm.Admin.GetAsync(Path("margin_share"))).Problem(404, "kpi_not_found");
        Assert.Empty(await List(_crm.Admin, _tenant));
    }

    [Fact]
    public async Task What_is_shown_can_be_put_back_and_changes_nothing()
    {
        await Put("twice", "deals_won * 2");
        var shown = (await (await _crm.Admin.GetAsync(Path("twice"))).Json()).GetProperty("kpi").GetRawText();
        using var again = await _crm.Admin.PutText(Path("twice"), shown);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        var answer = await again.Json();
        Assert.False(answer.GetProperty("changed").GetBoolean());
        Assert.Equal(1, answer.GetProperty("version").GetInt64());
        Assert.True((await Put("twice", "deals_won * 3")).GetProperty("changed").GetBoolean());
    }

    [Theory]
    [InlineData("new", "deals_won +", "formula_syntax", "/formula", 1, 12)]
    [InlineData("new", "deals_won\\n+ deal_lost", "unknown_measure", "/formula", 2, 3)]
    [InlineData("new", "deals_won + sum(deals_won)", "unit_mismatch", "/formula", 1, 11)]
    [InlineData("new", "sum(deals_won)", "unit_mismatch", "/formula", 1, 1)]
    [InlineData("new", "end(deals_won)", "wrong_kind", "/formula", 1, 5)]
    [InlineData("new", "deals_won / 0", "division_by_zero", "/formula", 1, 11)]
    [InlineData("new", "kpi(nothing)", "unknown_kpi", "/formula", 1, 1)]
    [InlineData("new", "kpi(new)", "cycle", "/formula", 1, 1)]
    [InlineData("new", "1 + 1", "nothing_read", "/formula", 1, 1)]
    [InlineData("revenue", "deals_won", "id_taken", "/id", null, null)]
    [InlineData("own", "deals_won", "bad_id", "/id", null, null)]
    [InlineData("a-b", "deals_won", "bad_id", "/id", null, null)]
    [InlineData("a%2fb", "deals_won", "bad_id", "/id", null, null)]
    public async Task A_definition_that_could_not_be_computed_is_refused_with_the_place(
        string id, string formula, string code, string pointer, int? line, int? column)
    {
        using var answer = await _crm.Admin.PutText(
            Path(id), $$"""{"name":"N","unit":"count","better":"up","formula":"{{formula}}"}""");
        var problem = await answer.Problem(400, code);
        Assert.Equal(pointer, problem.GetProperty("pointer").GetString());
        Assert.Equal(line, problem.TryGetProperty("line", out var l) ? l.GetInt32() : null);
        Assert.Equal(column, problem.TryGetProperty("column", out var c) ? c.GetInt32() : null);
        Assert.Empty(await List(_crm.Admin, _tenant));
    }

    [Theory]
    [InlineData("[]", "wrong_type", "")]
    [InlineData("{}", "missing_field", "/name")]
    [InlineData("""{"name":"N","unit":"parsec","better":"up","formula":"deals_won"}""", "unknown_value", "/unit")]
    [InlineData("""{"name":"N","unit":"count","better":"up","formula":"deals_won","colour":1}""", "unknown_property",
        "/colour")]
    [InlineData("""{"id":"other","name":"N","unit":"count","better":"up","formula":"deals_won"}""", "bad_id", "/id")]
    [InlineData("""{"name":"N","unit":"%","better":"up","formula":"sum(deals_won)/sum(deals_lost)","sample":"share"}""", "not_a_share", "/formula")]
    public async Task A_body_that_is_no_definition_is_refused_with_the_place(string body, string code, string pointer)
    {
        var problem = await (await _crm.Admin.PutText(Path("new"), body)).Problem(400, code);
        Assert.Equal(pointer, problem.GetProperty("pointer").GetString());
    }

    [Fact]
    public async Task What_is_not_json_is_refused()
    {
        await (await _crm.Admin.PutText(Path("new"), "{")).Problem(400, "malformed_json");
        using var text = await _crm.Admin.PutAsync(Path("new"), new StringContent("deals_won"));
        await text.Problem(415, "unsupported_media_type");
        using var large = await _crm.Admin.PutText(
            Path("new"), $$"""{"name":"N","unit":"count","better":"up","formula":"{{new string('1', 3_000)}}"}""");
        await large.Problem(400, "formula_too_long");
    }

    [Fact]
    public async Task A_kpi_that_others_refer_to_stays_as_they_need_it()
    {
        await Put("base", "deals_won");
        await Put("twice", "kpi(base) * 2");
        Assert.Contains("twice", Detail(await (await _crm.Admin.DeleteAsync(Path("base"))).Problem(409, "kpi_in_use")));
        using var money = await _crm.Admin.PutText(
            Path("base"), """{"name":"N","unit":"money","better":"up","formula":"sum(deals_won)"}""");
        Assert.Contains("twice", Detail(await money.Problem(409, "kpi_in_use")));
        using var circle = await _crm.Admin.PutText(
            Path("base"), """{"name":"N","unit":"count","better":"up","formula":"kpi(twice)"}""");
        Assert.Contains("in a circle", Detail(await circle.Problem(400, "cycle")));
        Assert.Equal("deals_won", (await List(_crm.Admin, _tenant)).First(k => k.Id == "base").Formula);

        await _crm.Admin.DeleteAsync(Path("twice"));
        Assert.Equal(HttpStatusCode.NoContent, (await _crm.Admin.DeleteAsync(Path("base"))).StatusCode);
    }

    [Fact]
    public async Task Two_changes_at_once_cannot_make_a_circle()
    {
        await Put("a", "deals_won");
        await Put("b", "deals_won");
        var answers = await Task.WhenAll(
            _crm.Admin.PutText(Path("a"), Body("kpi(b)")), _crm.Admin.PutText(Path("b"), Body("kpi(a)")));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
        await answers.Single(a => a.StatusCode != HttpStatusCode.OK).Problem(400, "cycle");
    }

    [Fact]
    public async Task There_is_a_limit_of_kpis_and_what_is_there_can_still_be_changed()
    {
        for (var i = 0; i < OwnKpi.PerOwnerMax; i++)
            await Put($"k{i}", "deals_won");
        await (await _crm.Admin.PutText(Path("more"), Body("deals_won"))).Problem(409, "too_many_kpis");
        await Put("k0", "deals_lost");
    }

    [Fact]
    public async Task An_agencys_kpi_is_every_tenants_until_the_tenant_replaces_it()
    {
        var agency = await Agencies.New(_crm);
        var (one, two) = (await agency.Tenant(), await agency.Tenant());
        using var made = await agency.Admin.PutText($"/v1/agencies/{agency.Id}/kpis/load", Body("deals_created"));
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        await agency.Admin.PutText($"/v1/tenants/{one}/kpis/load", Body("deals_won"));

        Assert.Equal([("load", "tenant", "deals_won")], await List(agency.Admin, one));
        Assert.Equal([("load", "agency", "deals_created")], await List(agency.Admin, two));
        await (await agency.Admin.DeleteAsync($"/v1/tenants/{two}/kpis/load")).Problem(404, "kpi_not_found");
        var listed = await (await agency.Admin.GetAsync($"/v1/agencies/{agency.Id}/kpis")).Json();
        Assert.Equal("load", listed.GetProperty("kpis")[0].GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.NoContent,
            (await agency.Admin.DeleteAsync($"/v1/agencies/{agency.Id}/kpis/load")).StatusCode);
    }

    [Fact]
    public async Task What_a_tenant_rests_on_and_its_agency_deletes_is_said_where_it_is_listed()
    {
        var agency = await Agencies.New(_crm);
        var tenant = await agency.Tenant();
        await agency.Admin.PutText($"/v1/agencies/{agency.Id}/kpis/base", Body("deals_created"));
        await agency.Admin.PutText($"/v1/tenants/{tenant}/kpis/half", Body("kpi(base) / 2"));
        await agency.Admin.DeleteAsync($"/v1/agencies/{agency.Id}/kpis/base");
        var kpi = await (await agency.Admin.GetAsync($"/v1/tenants/{tenant}/kpis/half")).Json();
        Assert.Equal("unknown_kpi", kpi.GetProperty("problem").GetProperty("code").GetString());
        // Another definition is not held up by the broken one.
        Assert.Equal(HttpStatusCode.Created,
            (await agency.Admin.PutText($"/v1/tenants/{tenant}/kpis/new", Body("deals_won"))).StatusCode);
    }

    [Fact]
    public async Task Nobody_sees_or_names_the_kpis_of_others()
    {
        var (mine, theirs) = (await Agencies.New(_crm), await Agencies.New(_crm));
        var (one, two, foreign) = (await mine.Tenant(), await mine.Tenant(), await theirs.Tenant());
        await mine.Admin.PutText($"/v1/tenants/{one}/kpis/secret_margin", Body("deals_won"));
        await theirs.Admin.PutText($"/v1/agencies/{theirs.Id}/kpis/secret_load", Body("deals_won"));

        Assert.Empty(await List(mine.Admin, two));
        foreach (var (client, tenant, id) in new[] { (mine.Admin, two, "secret_margin"),
            (theirs.Admin, foreign, "secret_margin"), (mine.Admin, one, "secret_load") })
        {
            var problem = await (await client.PutText($"/v1/tenants/{tenant}/kpis/probe",
                Body($"kpi({id[..^1]})"))).Problem(400, "unknown_kpi");
            Assert.DoesNotContain(id, Detail(problem));
            await (await client.PutText($"/v1/tenants/{tenant}/kpis/probe", Body($"kpi({id})"))).Problem(400,
                "unknown_kpi");
        }
        await (await theirs.Admin.GetAsync($"/v1/tenants/{one}/kpis/secret_margin")).Problem(404, "tenant_not_found");
        await (await theirs.Admin.PutText($"/v1/tenants/{one}/kpis/x", Body("deals_won"))).Problem(404,
            "tenant_not_found");
        await (await theirs.Admin.DeleteAsync($"/v1/tenants/{one}/kpis/secret_margin")).Problem(404,
            "tenant_not_found");
    }

    [Fact]
    public async Task An_agency_is_changed_by_its_own_unbound_keys_only_and_looks_absent_to_others()
    {
        var (mine, theirs) = (await Agencies.New(_crm), await Agencies.New(_crm));
        var bound = await mine.Bound(await mine.Tenant());
        var bodies = new List<string>();
        foreach (var (client, agency) in new[] { (theirs.Admin, mine.Id), (bound, mine.Id), (mine.Admin, "no-such") })
        {
            bodies.Add((await (await client.PutText($"/v1/agencies/{agency}/kpis/x", Body("deals_won"))).Problem(404,
                "agency_not_found")).GetRawText());
            await (await client.GetAsync($"/v1/agencies/{agency}/kpis")).Problem(404, "agency_not_found");
            await (await client.GetAsync($"/v1/agencies/{agency}/kpis/x")).Problem(404, "agency_not_found");
            await (await client.DeleteAsync($"/v1/agencies/{agency}/kpis/x")).Problem(404, "agency_not_found");
        }
        Assert.Single(bodies.Distinct());
    }

    [Fact]
    public async Task A_target_can_be_set_for_an_own_kpi()
    {
        const string Target = """{"kpi":"mine","value":5,"due":"2030-12-31"}""";
        await (await _crm.Admin.PutText($"/v1/tenants/{_tenant}/targets", Target)).Problem(400, "unknown_kpi");
        await Put("mine", "deals_won");
        var answer = await (await _crm.Admin.PutText($"/v1/tenants/{_tenant}/targets", Target)).Json();
        Assert.Equal(1, answer.GetProperty("targets").GetInt32());
    }

    [Fact]
    public async Task The_scope_admin_is_needed()
    {
        var (text, _) = await _crm.Key(["query", "ingest"], [_tenant]);
        var client = _crm.Client(text);
        await (await client.PutText(Path("x"), Body("deals_won"))).Problem(403, "missing_scope");
        await (await client.GetAsync(Path("own"))).Problem(403, "missing_scope");
        await (await client.DeleteAsync(Path("x"))).Problem(403, "missing_scope");
        // A key that is bound to tenants does not even know of the agency.
        await (await client.PutText("/v1/agencies/default/kpis/x", Body("deals_won"))).Problem(404, "agency_not_found");
        var wide = _crm.Client((await _crm.Key(["query", "ingest"])).Text);
        await (await wide.PutText("/v1/agencies/default/kpis/x", Body("deals_won"))).Problem(403, "missing_scope");
    }

    private string Path(string id) => $"/v1/tenants/{_tenant}/kpis/{id}";

    private static string Body(string formula) =>
        JsonSerializer.Serialize(new { name = "N", unit = "count", better = "up", formula });

    private static string Detail(JsonElement problem) => problem.GetProperty("detail").GetString()!;

    private async Task<JsonElement> Put(string id, string formula)
    {
        using var answer = await _crm.Admin.PutText(Path(id), Body(formula));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task<IReadOnlyList<(string Id, string Owner, string Formula)>> List(HttpClient client,
        string tenant) =>
    [
        .. (await (await client.GetAsync($"/v1/tenants/{tenant}/kpis/own")).Json()).GetProperty("kpis").EnumerateArray(
            ).Select(k => (
            k.GetProperty("id").GetString()!, k.GetProperty("owner").GetString()!,
            k.GetProperty("kpi").GetProperty("formula").GetString()!)),
    ];
}
