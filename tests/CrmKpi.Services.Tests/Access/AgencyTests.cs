using System.Net;

namespace CrmKpi.Services.Tests.Access;

/// <summary>Agencies: registered by operators, seen by themselves, closed to each other.</summary>
public sealed class AgencyTests : IAsyncLifetime
{
    private Installation _crm = null!;

    public async Task InitializeAsync() => _crm = await Installation.Shared;

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task An_operator_registers_names_and_lists_agencies()
    {
        using var made = await _crm.Admin.PutText("/v1/agencies/north", """{"name":"North"}""");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal("/v1/agencies/north", made.Headers.Location?.ToString());
        Assert.False(await Changed("""{"name":" North "}"""));
        Assert.True(await Changed("""{"name":"North Ltd"}"""));

        var shown = await (await _crm.Admin.GetAsync("/v1/agencies/north")).Json();
        Assert.Equal("North Ltd", shown.GetProperty("name").GetString());
        var (ids, after) = (new List<string>(), "");
        do
        {
            var page = await (await _crm.Admin.GetAsync($"/v1/agencies?limit=1&after={after}")).Json();
            ids.AddRange(page.GetProperty("agencies").EnumerateArray().Select(a => a.GetProperty("id").GetString()!));
            after = page.GetProperty("next").GetString();
        }
        while (after is not null);
        Assert.Contains("default", ids);
        Assert.Contains("north", ids);
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);

        async Task<bool> Changed(string body) =>
            (await (await _crm.Admin.PutText("/v1/agencies/north", body)).Json()).GetProperty("changed").GetBoolean();
    }

    [Theory]
    [InlineData("/v1/agencies/UPPER", """{"name":"x"}""", "bad_parameter")]
    [InlineData("/v1/agencies/-x", """{"name":"x"}""", "bad_parameter")]
    [InlineData("/v1/agencies/ok", """{}""", "missing_field")]
    [InlineData("/v1/agencies/ok", """{"name":"  "}""", "missing_field")]
    [InlineData("/v1/agencies/ok", """{"name":7}""", "missing_field")]
    [InlineData("/v1/agencies/ok", """{"name":"a\u0000b"}""", "null_character")]
    [InlineData("/v1/agencies/ok", """{"name":"x","quota":1}""", "unknown_property")]
    [InlineData("/v1/agencies/ok", """["x"]""", "wrong_type")]
    [InlineData("/v1/agencies/ok", "{", "malformed_json")]
    public async Task A_bad_registration_is_told_what_is_wrong(string path, string body, string code)
    {
        await (await _crm.Admin.PutText(path, body)).Problem(400, code);
        await (await _crm.Admin.GetAsync("/v1/agencies/ok")).Problem(404, "agency_not_found");
    }

    [Theory]
    [InlineData("/v1/agencies?after=%00")]
    [InlineData("/v1/tenants?after=%00")]
    [InlineData("/v1/keys?after=%01")]
    [InlineData("/v1/agencies?limit=0")]
    [InlineData("/v1/keys?limit=1001")]
    public async Task A_bad_page_is_400(string path) =>
        await (await _crm.Admin.GetAsync(path)).Problem(400, "bad_parameter");

    [Fact]
    public async Task An_agency_sees_itself_and_no_other()
    {
        var (ours, theirs) = (await Agencies.New(_crm), await Agencies.New(_crm));
        Assert.Equal(HttpStatusCode.OK, (await ours.Admin.GetAsync($"/v1/agencies/{ours.Id}")).StatusCode);
        await (await ours.Admin.PutText($"/v1/agencies/{ours.Id}", """{"name":"x"}""")).Problem(403, "missing_scope");
        await (await ours.Admin.GetAsync("/v1/agencies")).Problem(403, "missing_scope");

        var bodies = new HashSet<string>();
        foreach (var agency in new[] { theirs.Id, "default", "nobody", "UPPER" })
            foreach (var answer in new[]
            {
                await ours.Admin.GetAsync($"/v1/agencies/{agency}"),
                await ours.Admin.PutText($"/v1/agencies/{agency}", """{"name":"x"}"""),
                await ours.Admin.GetAsync($"/v1/agencies/{agency}/audit"),
                await ours.Admin.GetAsync($"/v1/agencies/{agency}/kpis"),
                await ours.Admin.GetAsync($"/v1/keys?agency={agency}"),
            })
            {
                await answer.Problem(404, "agency_not_found");
                bodies.Add(await answer.Content.ReadAsStringAsync());
            }
        Assert.Single(bodies);
    }

    [Fact]
    public async Task A_key_that_is_bound_to_tenants_sees_no_agency()
    {
        var agency = await Agencies.New(_crm);
        using var bound = await agency.Bound(await agency.Tenant());
        await (await bound.GetAsync($"/v1/agencies/{agency.Id}")).Problem(404, "agency_not_found");
        await (await bound.GetAsync($"/v1/agencies/{agency.Id}/audit")).Problem(404, "agency_not_found");
    }

    [Fact]
    public async Task Nothing_of_one_agency_is_seen_by_another()
    {
        var (ours, theirs) = (await Agencies.New(_crm), await Agencies.New(_crm));
        var (mine, foreign) = (await ours.Tenant(), await theirs.Tenant());
        var (_, foreignKey) = await theirs.Key("query");
        await (await ours.Admin.GetAsync($"/v1/tenants/{foreign}")).Problem(404, "tenant_not_found");
        await (await ours.Admin.PutText($"/v1/tenants/{foreign}", """{"name":"x"}""")).Problem(404, "tenant_not_found");
        await (await ours.Admin.PostText($"/v1/tenants/{mine}/clone", $$"""{"from":"{{foreign}}"}"""))
            .Problem(404, "tenant_not_found");
        await (await ours.Admin.DeleteAsync($"/v1/keys/{foreignKey}")).Problem(404, "key_not_found");
        await (await ours.Admin.PostText($"/v1/keys/{foreignKey}/rotate", "{}")).Problem(404, "key_not_found");
        var problem = await (await ours.Admin.PostText(
            "/v1/keys", $$"""{"name":"a","scopes":["query"],"tenants":["{{foreign}}"]}""")).Problem(400, "tenant_not_found");
        Assert.Equal("/tenants/0", problem.GetProperty("pointer").GetString());
        foreach (var agency in new[] { theirs.Id, "nobody", "\\u0001" })
            await (await ours.Admin.PostText("/v1/keys", $$"""{"name":"a","scopes":["query"],"agency":"{{agency}}"}"""))
                .Problem(400, "agency_not_found");

        foreach (var path in new[] { "/v1/tenants", "/v1/keys", $"/v1/agencies/{ours.Id}/audit" })
        {
            var text = await ours.Admin.GetStringAsync(path);
            Assert.DoesNotContain(foreign, text);
            Assert.DoesNotContain(foreignKey, text);
        }
        // An operator looks after agencies, not into their tenants.
        await (await _crm.Admin.GetAsync($"/v1/tenants/{mine}")).Problem(404, "tenant_not_found");
    }

    [Fact]
    public async Task Only_operators_make_operators()
    {
        var agency = await Agencies.New(_crm);
        var problem = await (await agency.Admin.PostText("/v1/keys", """{"name":"a","scopes":["operator"]}"""))
            .Problem(403, "missing_scope");
        Assert.Equal("operator", problem.GetProperty("scope").GetString());
        var tenant = await _crm.Tenant();
        await (await _crm.Admin.PostText(
            "/v1/keys", $$"""{"name":"a","scopes":["operator"],"tenants":["{{tenant}}"]}""")).Problem(400, "out_of_range");

        var (text, id) = await agency.Key("operator");
        using var made = _crm.Client(text);
        Assert.Equal(HttpStatusCode.OK, (await made.GetAsync("/v1/agencies")).StatusCode);
        var shown = (await (await made.GetAsync("/v1/keys")).Json()).GetProperty("keys").EnumerateArray()
            .Single(k => k.GetProperty("id").GetString() == id);
        Assert.Equal(["admin", "operator"], shown.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()));

        // The admin of the same agency may neither see nor take over what reaches further.
        Assert.DoesNotContain(id, await agency.Admin.GetStringAsync("/v1/keys"));
        await (await agency.Admin.DeleteAsync($"/v1/keys/{id}")).Problem(404, "key_not_found");
        await (await agency.Admin.PostText($"/v1/keys/{id}/rotate", "{}")).Problem(404, "key_not_found");
        Assert.Equal(HttpStatusCode.NoContent, (await _crm.Admin.DeleteAsync($"/v1/keys/{id}")).StatusCode);
    }

    [Fact]
    public async Task An_operator_manages_the_keys_of_any_agency()
    {
        var agency = await Agencies.New(_crm);
        var (_, id) = await agency.Key("query");
        Assert.Contains(id, await _crm.Admin.GetStringAsync($"/v1/keys?agency={agency.Id}"));
        Assert.DoesNotContain(id, await _crm.Admin.GetStringAsync("/v1/keys?limit=1000"));
        await (await _crm.Admin.GetAsync("/v1/keys?agency=nobody")).Problem(404, "agency_not_found");
        Assert.Equal(HttpStatusCode.NoContent, (await _crm.Admin.DeleteAsync($"/v1/keys/{id}")).StatusCode);
    }

    [Fact]
    public async Task The_last_admin_of_an_agency_is_ended_by_operators_only()
    {
        var agency = await Agencies.New(_crm);
        var id = (await (await agency.Admin.GetAsync("/v1/keys")).Json())
            .GetProperty("keys")[0].GetProperty("id").GetString();
        await (await agency.Admin.DeleteAsync($"/v1/keys/{id}")).Problem(409, "last_admin_key");
        Assert.Equal(HttpStatusCode.NoContent, (await _crm.Admin.DeleteAsync($"/v1/keys/{id}")).StatusCode);
    }
}
