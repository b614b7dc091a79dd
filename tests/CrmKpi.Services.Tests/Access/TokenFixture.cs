namespace CrmKpi.Services.Tests.Access;

/// <summary>An installation that takes the tokens of an issuer in two ways.</summary>
public sealed class TokenFixture : IAsyncLifetime
{
    internal Installation Crm { get; private set; } = null!;

    /// <summary>Its tokens name agency and tenants.</summary>
    internal LocalIssuer Issuer { get; private set; } = null!;

    /// <summary>
    /// All of its users have all tenants of the agency 'default'; roles give scopes; its clock is ours.
    /// </summary>
    internal LocalIssuer House { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        (Issuer, House) = (await LocalIssuer.Start(), await LocalIssuer.Start());
        var house = new Dictionary<string, string?>
        {
            ["Security:Jwt:Issuers:1:Name"] = "house",
            ["Security:Jwt:Issuers:1:Authority"] = House.Url + "/",
            ["Security:Jwt:Issuers:1:AllowLoopbackHttp"] = "true",
            ["Security:Jwt:Issuers:1:Audiences:0"] = "crm",
            ["Security:Jwt:Issuers:1:Audiences:1"] = "kpi",
            ["Security:Jwt:Issuers:1:Agency"] = "default",
            ["Security:Jwt:Issuers:1:TenantsClaim"] = "",
            ["Security:Jwt:Issuers:1:ScopesClaim"] = "realm_access.roles",
            ["Security:Jwt:Issuers:1:ScopeMap:0:Value"] = "viewer",
            ["Security:Jwt:Issuers:1:ScopeMap:0:Scopes"] = "query",
            ["Security:Jwt:Issuers:1:ScopeMap:1:Value"] = "boss",
            ["Security:Jwt:Issuers:1:ScopeMap:1:Scopes"] = "operator, ingest",
            ["Security:Jwt:Issuers:1:Algorithms:0"] = "RS256",
            ["Security:Jwt:Issuers:1:ClockSkewSeconds"] = "0",
            ["Security:Jwt:Issuers:1:CacheSeconds"] = "600",
        };
        Crm = await Installation.Start(ingestion: new(Settings(0, "corp", Issuer.Url).Concat(house)));
    }

    /// <summary>The settings of an issuer whose tokens name everything.</summary>
    public static Dictionary<string, string?> Settings(
        int place, string name, string url, string askSecondsMin = "1") => new()
        {
            [$"Security:Jwt:Issuers:{place}:Name"] = name,
            [$"Security:Jwt:Issuers:{place}:Authority"] = url,
            [$"Security:Jwt:Issuers:{place}:AllowLoopbackHttp"] = "true",
            [$"Security:Jwt:Issuers:{place}:Audiences:0"] = "crmkpi",
            [$"Security:Jwt:Issuers:{place}:AgencyClaim"] = "agency",
            [$"Security:Jwt:Issuers:{place}:AskSecondsMin"] = askSecondsMin,
        };

    public async Task DisposeAsync()
    {
        await Crm.DisposeAsync();
        await Issuer.DisposeAsync();
        await House.DisposeAsync();
    }

    // Not through the gateway, which soon answers 429 to an address of so many refusals.
    internal HttpClient Client(string token) => Installation.Client(Crm.Ingestion, token);

    internal Task Check(string token, string? reason) => reason is null ? Good(token) : Refused(token, reason);

    internal async Task Good(string token)
    {
        using var client = Client(token);
        using var answer = await client.GetAsync("/v1/tenants");
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {answer.Headers.WwwAuthenticate}");
    }

    /// <summary>
    /// A token that its issuer has signed: its holder is told the reason in the challenge, and it is logged.
    /// </summary>
    internal async Task Refused(string token, string reason)
    {
        var challenge = await Unauthorized(token);
        Assert.Contains("error=\"invalid_token\"", challenge);
        Assert.Contains(reason, challenge);
        AssertLogged(reason);
    }

    /// <summary>A token that may be anybody's making: only the log has the reason.</summary>
    internal async Task Forged(string token, string reason)
    {
        Assert.Null(await Unauthorized(token));
        AssertLogged(reason);
    }

    private void AssertLogged(string reason) => Assert.Contains(
        Crm.Logs.Lines,
        l => l.Contains("[1254]", StringComparison.Ordinal) && l.Contains(reason, StringComparison.Ordinal));

    /// <summary>401 with a body that says no more than any other 401; returns what the challenge says.</summary>
    internal async Task<string?> Unauthorized(string token)
    {
        using var client = Client(token);
        using var answer = await client.GetAsync("/v1/tenants");
        await answer.Problem(401, "unauthorized");
        using var none = Installation.Client(Crm.Ingestion);
        using var other = await none.GetAsync("/v1/tenants");
        Assert.Equal(await other.Content.ReadAsStringAsync(), await answer.Content.ReadAsStringAsync());
        var challenge = answer.Headers.WwwAuthenticate.Last();
        Assert.Equal("Bearer", challenge.Scheme);
        return challenge.Parameter;
    }
}
