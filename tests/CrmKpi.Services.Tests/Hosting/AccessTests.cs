using System.Net;
using System.Net.Http.Headers;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Hosting;

/// <summary>Who may do what, asked through the gateway.</summary>
public sealed class AccessTests : IAsyncLifetime
{
    private Installation _crm = null!;
    private string _acme = null!;
    private string _other = null!;

    public async Task InitializeAsync()
    {
        _crm = await Installation.Shared;
        _acme = await _crm.Tenant();
        _other = await _crm.Tenant();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("Bearer", null)]
    [InlineData("Bearer nonsense", null)]
    [InlineData("Bearer crmkpi_0123456789abcdef_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", null)]
    [InlineData("Basic YTpi", null)]
    [InlineData(null, "nonsense")]
    [InlineData("Bearer KEY", "nonsense")]
    [InlineData("Basic YTpi", "KEY")]
    public async Task No_wrong_or_contradicting_credentials_are_401(string? authorization, string? apiKey)
    {
        using var answer = await Get($"/v1/tenants/{_acme}", authorization, apiKey);
        await answer.Problem(401, "unauthorized");
        Assert.Equal(["Basic realm=\"CrmKpi\", charset=\"UTF-8\"", "Bearer"], answer.Headers.WwwAuthenticate.Select(c => c.ToString()));
    }

    [Theory]
    [InlineData("Bearer KEY", null)]
    [InlineData("bearer KEY", null)]
    [InlineData(null, "KEY")]
    [InlineData("Bearer KEY", "KEY")]
    public async Task The_key_may_come_in_either_header(string? authorization, string? apiKey) =>
        Assert.Equal(HttpStatusCode.OK, (await Get($"/v1/tenants/{_acme}", authorization, apiKey)).StatusCode);

    [Fact]
    public async Task A_changed_secret_is_401()
    {
        var wrong = _crm.AdminKey[..^1] + (_crm.AdminKey[^1] == '0' ? '1' : '0');
        await (await Get($"/v1/tenants/{_acme}", $"Bearer {wrong}", null)).Problem(401, "unauthorized");
    }

    [Fact]
    public async Task A_foreign_and_an_unknown_tenant_look_alike_byte_by_byte()
    {
        var (key, _) = await _crm.Key(["ingest", "query", "admin"], [_acme]);
        using var client = _crm.Client(key);
        foreach (var (method, path, body) in new (HttpMethod, string, string?)[]
        {
            (HttpMethod.Get, "/v1/tenants/{0}", null),
            (HttpMethod.Get, "/v1/tenants/{0}/events", null),
            (HttpMethod.Get, "/v1/tenants/{0}/quarantine", null),
            (HttpMethod.Post, "/v1/tenants/{0}/events", Lead("1")),
            (HttpMethod.Put, "/v1/tenants/{0}", """{"name":"x"}"""),
        })
        {
            var bodies = new List<string>();
            foreach (var tenant in new[] { _other, "nobody", "UPPER", "a%2Fb" })
            {
                if (method == HttpMethod.Put && tenant is "UPPER" or "a%2Fb")
                    continue;
                using var request = new HttpRequestMessage(method, string.Format(path, tenant));
                if (body is not null)
                    request.Content = new StringContent(body, MediaTypeHeaderValue.Parse(
                        method == HttpMethod.Put ? "application/json" : HttpExtensions.Lines));
                using var answer = await client.SendAsync(request);
                await answer.Problem(404, "tenant_not_found");
                bodies.Add(await answer.Content.ReadAsStringAsync());
            }
            Assert.Single(bodies.Distinct());
        }
        Assert.Equal(0, await _crm.LogLength(_other));
    }

    [Fact]
    public async Task A_tenant_of_another_agency_is_not_there()
    {
        var theirs = await (await Agencies.New(_crm)).Tenant();
        await (await _crm.Admin.GetAsync($"/v1/tenants/{theirs}")).Problem(404, "tenant_not_found");
        await (await _crm.Admin.PutText($"/v1/tenants/{theirs}", """{"name":"mine"}""")).Problem(404, "tenant_not_found");
        await (await _crm.Admin.PostEvents(theirs, Lead("1"))).Problem(404, "tenant_not_found");
        Assert.DoesNotContain($"\"{theirs}\"", await _crm.Admin.GetStringAsync("/v1/tenants?limit=1000"));
    }

    [Theory]
    [InlineData("query", "POST", "/v1/tenants/acme/events", "ingest")]
    [InlineData("ingest", "GET", "/v1/tenants/acme/events", "query")]
    [InlineData("ingest", "PUT", "/v1/tenants/acme", "admin")]
    [InlineData("query", "GET", "/v1/tenants/acme/quarantine", "ingest")]
    [InlineData("query", "POST", "/v1/tenants/acme/quarantine/retry", "ingest")]
    [InlineData("ingest", "GET", "/v1/keys", "admin")]
    [InlineData("query", "POST", "/v1/keys", "admin")]
    [InlineData("query", "DELETE", "/v1/keys/0000000000000000", "admin")]
    public async Task A_missing_scope_is_403_and_named(string scope, string method, string path, string needed)
    {
        var (key, _) = await _crm.Key([scope]);
        using var client = _crm.Client(key);
        using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path.Replace("acme", _acme, StringComparison.Ordinal)));
        var problem = await answer.Problem(403, "missing_scope");
        Assert.Equal(needed, problem.GetProperty("scope").GetString());
    }

    [Fact]
    public async Task A_revoked_key_stops_working_within_seconds()
    {
        var (key, id) = await _crm.Key(["ingest"]);
        using var client = _crm.Client(key);
        await (await client.PostEvents(_acme, Lead("1"))).Tally(accepted: 1);
        Assert.Equal(HttpStatusCode.NoContent, (await _crm.Admin.DeleteAsync($"/v1/keys/{id}")).StatusCode);
        HttpResponseMessage answer;
        do
        {
            await Task.Delay(100);
            answer = await client.PostEvents(_acme, Lead("1"));
        }
        while (answer.StatusCode == HttpStatusCode.OK);
        await answer.Problem(401, "unauthorized");
    }

    [Fact]
    public async Task An_expired_key_is_401_even_when_it_was_right_a_moment_ago()
    {
        var expiry = DateTimeOffset.UtcNow.AddSeconds(2);
        var (key, _) = await _crm.Key(["ingest"], expiresAt: expiry);
        using var client = _crm.Client(key);
        await (await client.PostEvents(_acme, Lead("1"))).Tally(accepted: 1);
        while (DateTimeOffset.UtcNow < expiry)
            await Task.Delay(50);
        await (await client.PostEvents(_acme, Lead("1"))).Problem(401, "unauthorized");
    }

    [Fact]
    public async Task No_key_reaches_the_logs()
    {
        await Get($"/v1/tenants/{_acme}", "Bearer KEY", null);
        await Get($"/v1/tenants/{_acme}", null, "crmkpi_0123456789abcdef_feedfacefeedface");
        await (await _crm.Admin.PutText("/v1/tenants/bad", "{")).Problem(400, "malformed_json");
        Assert.NotEmpty(_crm.Logs.Lines);
        Assert.DoesNotContain(_crm.Logs.Lines, l => l.Contains(_crm.AdminKey.Split('_')[2], StringComparison.Ordinal));
        Assert.DoesNotContain(_crm.Logs.Lines, l => l.Contains("feedface", StringComparison.Ordinal));
    }

    private async Task<HttpResponseMessage> Get(string path, string? authorization, string? apiKey)
    {
        using var client = _crm.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization.Replace("KEY", _crm.AdminKey, StringComparison.Ordinal));
        if (apiKey is not null)
            request.Headers.TryAddWithoutValidation("X-Api-Key", apiKey.Replace("KEY", _crm.AdminKey, StringComparison.Ordinal));
        return await client.SendAsync(request);
    }
}
