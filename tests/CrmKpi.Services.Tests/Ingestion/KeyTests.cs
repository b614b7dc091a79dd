using System.Net;

namespace CrmKpi.Services.Tests.Ingestion;

/// <summary>Making, listing and revoking keys.</summary>
public sealed class KeyTests : IAsyncLifetime
{
    private Installation _crm = null!;

    public async Task InitializeAsync() => _crm = await Installation.Shared;

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task The_text_of_a_key_is_shown_once()
    {
        var tenant = await _crm.Tenant();
        using var made = await _crm.Admin.PostText(
            "/v1/keys", $$"""{"name":"etl","scopes":["ingest","query"],"tenants":["{{tenant}}"]}""");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.True(made.Headers.CacheControl?.NoStore);
        var key = await made.Json();
        var text = key.GetProperty("key").GetString()!;
        Assert.StartsWith("crmkpi_", text, StringComparison.Ordinal);
        Assert.Equal(["ingest", "query"], key.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()));

        var list = await (await _crm.Admin.GetAsync("/v1/keys")).Content.ReadAsStringAsync();
        Assert.Contains(key.GetProperty("id").GetString()!, list);
        Assert.DoesNotContain(text.Split('_')[2], list);
    }

    [Theory]
    [InlineData("""{"scopes":["ingest"]}""", "missing_field", "/name")]
    [InlineData("""{"name":"a"}""", "missing_field", "/scopes")]
    [InlineData("""{"name":"a","scopes":["root"]}""", "unknown_value", "/scopes/0")]
    [InlineData("""{"name":"a","scopes":"ingest"}""", "wrong_type", "/scopes")]
    [InlineData("""{"name":"a","scopes":["ingest"],"tenants":[]}""", "out_of_range", "/tenants")]
    [InlineData("""{"name":"a","scopes":["ingest"],"tenants":["nobody"]}""", "tenant_not_found", "/tenants/0")]
    [InlineData("""{"name":"a","scopes":["ingest"],"expiresAt":"2020-01-01T00:00:00Z"}""", "out_of_range", "/expiresAt")]
    [InlineData("""{"name":"a","scopes":["ingest"],"expiresAt":"soon"}""", "bad_time", "/expiresAt")]
    [InlineData("""{"name":"a","scopes":["ingest"],"agency":"other"}""", "agency_not_found", "/agency")]
    [InlineData("""{"name":"a","scopes":["ingest"],"agency":7}""", "wrong_type", "/agency")]
    [InlineData("""{"name":"a","scopes":["ingest"],"owner":"other"}""", "unknown_property", "/owner")]
    [InlineData("""{"name":"a\u0007b","scopes":["ingest"]}""", "missing_field", "/name")]
    public async Task A_bad_request_is_told_where(string body, string code, string pointer)
    {
        var problem = await (await _crm.Admin.PostText("/v1/keys", body)).Problem(400, code);
        Assert.Equal(pointer, problem.GetProperty("pointer").GetString());
    }

    [Theory]
    [InlineData("""{"name":"a","scopes":["ingest"]""")]
    [InlineData("""{"name":"a","name":"b","scopes":["ingest"]}""")]
    [InlineData("")]
    public async Task What_is_no_json_is_400(string body) =>
        await (await _crm.Admin.PostText("/v1/keys", body)).Problem(400, "malformed_json");

    [Fact]
    public async Task Another_media_type_is_415()
    {
        using var answer = await _crm.Admin.PostAsync("/v1/keys", new StringContent("{}"));
        await answer.Problem(415, "unsupported_media_type");
    }

    [Fact]
    public async Task Revoking_is_idempotent_and_an_unknown_key_is_not_found()
    {
        var (_, id) = await _crm.Key(["ingest"]);
        Assert.Equal(HttpStatusCode.NoContent, (await _crm.Admin.DeleteAsync($"/v1/keys/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await _crm.Admin.DeleteAsync($"/v1/keys/{id}")).StatusCode);
        await (await _crm.Admin.DeleteAsync("/v1/keys/0000000000000000")).Problem(404, "key_not_found");
    }

    [Fact]
    public async Task The_last_admin_key_stays_even_when_two_revoke_each_other()
    {
        await using var crm = await Installation.Start();
        var first = crm.AdminKey.Split('_')[1];
        await (await crm.Admin.DeleteAsync($"/v1/keys/{first}")).Problem(409, "last_admin_key");

        await crm.Tenant("acme");
        await crm.Key(["admin"], ["acme"]);
        await (await crm.Admin.DeleteAsync($"/v1/keys/{first}")).Problem(409, "last_admin_key");

        var (text, second) = await crm.Key(["admin"]);
        using var other = crm.Client(text);
        var answers = await Task.WhenAll(crm.Admin.DeleteAsync($"/v1/keys/{second}"), other.DeleteAsync($"/v1/keys/{first}"));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.NoContent);
        Assert.Equal(1, await crm.Database.Scalar<long>(
            "SELECT count(*) FROM control.api_keys WHERE revoked_at IS NULL AND tenants IS NULL AND scopes & 4 <> 0"));
    }

    [Fact]
    public async Task A_key_bound_to_tenants_makes_and_sees_no_wider_ones()
    {
        var (mine, other) = (await _crm.Tenant(), await _crm.Tenant());
        var (text, _) = await _crm.Key(["admin"], [mine]);
        using var bound = _crm.Client(text);
        await (await bound.PostText("/v1/keys", """{"name":"a","scopes":["query"]}""")).Problem(400, "missing_field");
        await (await bound.PostText("/v1/keys", $$"""{"name":"a","scopes":["query"],"tenants":["{{other}}"]}"""))
            .Problem(400, "tenant_not_found");
        var made = await bound.PostText("/v1/keys", $$"""{"name":"a","scopes":["query"],"tenants":["{{mine}}"]}""");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);

        var list = (await (await bound.GetAsync("/v1/keys")).Json()).GetProperty("keys");
        Assert.All(list.EnumerateArray(), k =>
            Assert.Equal([mine], k.GetProperty("tenants").EnumerateArray().Select(t => t.GetString())));
        var first = _crm.AdminKey.Split('_')[1];
        await (await bound.DeleteAsync($"/v1/keys/{first}")).Problem(404, "key_not_found");
        await (await bound.PutText("/v1/tenants/brand-new", """{"name":"x"}""")).Problem(404, "tenant_not_found");
    }
}
