using System.Net;
using CrmKpi.Hosting.Access;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Access;

/// <summary>Who the caller is by the claims of a token, and what they may do.</summary>
public sealed class TokenCallerTests(TokenFixture tokens) : IClassFixture<TokenFixture>
{
    private readonly Installation _crm = tokens.Crm;
    private readonly LocalIssuer _issuer = tokens.Issuer;

    [Theory]
    [InlineData("sub", null, "'sub'")]
    [InlineData("sub", "a\nb", "'sub'")]
    [InlineData("agency", null, "'agency'")]
    [InlineData("agency", "UPPER", "'agency'")]
    [InlineData("agency", "nobody", "not registered")]
    [InlineData("crmkpi_tenants", null, "'crmkpi_tenants'")]
    [InlineData("crmkpi_tenants", "", "'crmkpi_tenants'")]
    [InlineData("crmkpi_tenants", "UPPER", "'crmkpi_tenants'")]
    [InlineData("scope", null, "'scope'")]
    [InlineData("scope", "openid profile", "'scope'")]
    public async Task A_claim_that_is_missing_or_says_nothing_is_401(string claim, string? value, string reason)
    {
        var claims = LocalIssuer.Claims();
        if (value is null)
            claims.Remove(claim);
        else
            claims[claim] = value;
        await tokens.Refused(_issuer.Token(claims), reason);
    }

    [Fact]
    public async Task Claims_of_another_kind_are_401()
    {
        var inside = new Dictionary<string, object> { ["a"] = "b" };
        foreach (var claim in new[] { "sub", "agency", "crmkpi_tenants", "scope" })
            foreach (var value in new object[] { 7, true, inside, new[] { 1, 2 } })
            {
                var claims = LocalIssuer.Claims();
                claims[claim] = value;
                // A subject that is no text is no token to the package already.
                if (claim == "sub")
                    await tokens.Unauthorized(_issuer.Token(claims));
                else
                    await tokens.Refused(_issuer.Token(claims), $"'{claim}'");
            }
    }

    [Fact]
    public async Task Claims_that_are_no_text_or_stand_there_twice_are_401()
    {
        var json = _issuer.Json();
        foreach (var more in new[] { "\"scope\":\"crmkpi.admin\"", "\"agency\":\"default\"" })
            await tokens.Refused(_issuer.Signed($"{json[..^1]},{more}}}"), "The token's claims are not well-formed.");
        foreach (var text in new[] { "\"ann\"", "\"crmkpi.query\"", "\"agency\"" })
            await tokens.Unauthorized(_issuer.Signed(json.Replace(text, "\"\\ud800\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Tenants_and_scopes_bind_a_token_as_they_bind_a_key()
    {
        var (mine, other) = (await _crm.Tenant(), await _crm.Tenant());
        using var reader = tokens.Client(_issuer.Token(LocalIssuer.Claims(tenants: new[] { mine })));
        Assert.Equal(HttpStatusCode.OK, (await reader.GetAsync($"/v1/tenants/{mine}")).StatusCode);
        await (await reader.GetAsync($"/v1/tenants/{other}")).Problem(404, "tenant_not_found");
        await (await reader.PostEvents(mine, Lead("1"))).Problem(403, "missing_scope");
        await (await reader.GetAsync("/v1/keys")).Problem(403, "missing_scope");
        Assert.DoesNotContain($"\"{other}\"", await reader.GetStringAsync("/v1/tenants"));

        using var writer = tokens.Client(_issuer.Token(
            LocalIssuer.Claims(tenants: $"{mine} {other}", scope: "openid crmkpi.ingest")));
        await (await writer.PostEvents(other, Lead("1"))).Tally(accepted: 1);
        await (await writer.GetAsync($"/v1/tenants/{mine}/events")).Problem(403, "missing_scope");
    }

    [Fact]
    public async Task A_token_reaches_its_own_agency_only()
    {
        var agency = await Agencies.New(_crm);
        var (theirs, ours) = (await agency.Tenant(), await _crm.Tenant());
        using var client = tokens.Client(_issuer.Token(
            LocalIssuer.Claims(agency: agency.Id, tenants: new[] { theirs, ours })));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"/v1/tenants/{theirs}")).StatusCode);
        await (await client.GetAsync($"/v1/tenants/{ours}")).Problem(404, "tenant_not_found");
    }

    [Fact]
    public async Task The_tokens_of_a_user_are_one_caller_to_the_gateway()
    {
        var other = LocalIssuer.Claims();
        other["sub"] = "eve";
        var first = await CallerOf(_issuer.Token());
        Assert.Equal(first, await CallerOf(_issuer.Token(notBefore: TimeSpan.FromMinutes(-2))));
        Assert.NotEqual(first, await CallerOf(_issuer.Token(other)));
        // The same name at another issuer is somebody else.
        var house = HouseClaims("viewer");
        house["sub"] = "ann";
        Assert.NotEqual(first, await CallerOf(tokens.House.Token(house)));
        Assert.Matches("^[0-9a-f]{32}$", first);

        async Task<string> CallerOf(string token)
        {
            using var client = tokens.Client(token);
            using var answer = await client.GetAsync("/v1/tenants");
            return Assert.Single(answer.Headers.GetValues(AcceptedCredential.Header));
        }
    }

    [Fact]
    public async Task What_a_user_does_stands_in_the_trail_under_the_users_name()
    {
        var agency = await Agencies.New(_crm);
        using var admin = tokens.Client(_issuer.Token(LocalIssuer.Claims(agency: agency.Id, scope: "crmkpi.admin")));
        using var made = await admin.PostText("/v1/keys", """{"name":"a","scopes":["query"]}""");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var trail = await (await admin.GetAsync($"/v1/agencies/{agency.Id}/audit")).Json();
        var actor = trail.GetProperty("events").EnumerateArray().Last().GetProperty("data").GetProperty("actor");
        Assert.Equal(
            ("token", "corp/ann", agency.Id),
            (actor.GetProperty("kind").GetString(), actor.GetProperty("id").GetString(),
                actor.GetProperty("agency").GetString()));
    }

    [Fact]
    public async Task Roles_deep_inside_a_token_give_scopes_by_the_map()
    {
        using var viewer = tokens.Client(House("viewer"));
        Assert.Equal(HttpStatusCode.OK, (await viewer.GetAsync("/v1/tenants")).StatusCode);
        await (await viewer.GetAsync("/v1/agencies")).Problem(403, "missing_scope");
        using var boss = tokens.Client(House("nothing", "boss"));
        Assert.Equal(HttpStatusCode.OK, (await boss.GetAsync("/v1/agencies")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await boss.GetAsync("/v1/keys")).StatusCode);
        await tokens.Refused(House("crmkpi.admin"), "gives no scope");
        await tokens.Forged(
            tokens.House.Token(HouseClaims("viewer"), tokens.House.Ec, "ES256"),
            "The token is not signed in a way that is taken here.");
    }

    [Fact]
    public async Task A_remembered_token_and_a_running_stream_end_with_the_token()
    {
        var tenant = await _crm.Tenant();
        var token = tokens.House.Token(HouseClaims("boss"), expires: TimeSpan.FromSeconds(15));
        await using var stream = await RawStream.Post(
            _crm.Ingestion.Urls.Single(), $"/v1/tenants/{tenant}/events", token, HttpExtensions.Lines);
        // A silent stream would be ended by the server as too slow.
        for (var i = 0; !stream.IsAnswered; i++)
        {
            await stream.Write(Lead($"{tenant}-{i}") + "\n");
            await Task.Delay(50);
        }
        var (head, problem) = await stream.Answer();
        Assert.StartsWith("HTTP/1.1 401 ", head, StringComparison.Ordinal);
        Assert.Equal(await _crm.LogLength(tenant), problem.GetProperty("accepted").GetInt64());
        using var client = tokens.Client(token);
        await (await client.GetAsync("/v1/tenants")).Problem(401, "unauthorized");
    }

    private string House(params string[] roles) => tokens.House.Token(HouseClaims(roles));

    private static Dictionary<string, object> HouseClaims(params string[] roles) => new()
    {
        ["sub"] = "bob",
        ["aud"] = new[] { "somebody", "kpi" },
        ["realm_access"] = new Dictionary<string, object> { ["roles"] = roles },
    };
}
