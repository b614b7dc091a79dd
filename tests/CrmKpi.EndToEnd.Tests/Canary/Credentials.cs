using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using CrmKpi.Services.Tests.Access;

namespace CrmKpi.EndToEnd.Tests.Canary;

/// <summary>Somebody who calls, and what they may.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Key">As it is sent; null = none.</param>
/// <param name="IsValid">False: never more than 401.</param>
/// <param name="Scopes">By name.</param>
/// <param name="Tenants">Those of <see cref="World"/> that it may know of.</param>
public sealed record Credential(
    string Name, string? Key, bool IsValid, IReadOnlyList<string> Scopes, IReadOnlyList<string> Tenants)
{
    /// <summary>How it is sent: a scheme of <c>Authorization</c>, or in a header of its own.</summary>
    public string Scheme { get; init; } = ApiKey;

    /// <summary>The header of keys.</summary>
    public const string ApiKey = "X-Api-Key";

    /// <summary>Shows it.</summary>
    public void AddTo(HttpRequestHeaders headers)
    {
        if (Key is null)
            return;
        if (Scheme == ApiKey)
            headers.Add(ApiKey, Key);
        else
            headers.Authorization = new AuthenticationHeaderValue(Scheme, Key);
    }

    /// <summary>True when it is there for single tenants, and may not do what is for the whole agency.</summary>
    public bool IsBound { get; init; }

    /// <summary>True when it may know of an agency: its own, unless it is there for single tenants; operators know all.</summary>
    public bool Knows(string agency) => Holds("operator") || !IsBound && IsOf(agency);

    /// <summary>True when it belongs to an agency.</summary>
    public bool IsOf(string agency) => Tenants.Any(t => t.StartsWith(agency, StringComparison.Ordinal));

    /// <summary>True when it holds what an operation asks for.</summary>
    public bool Holds(string scope) => scope == "any" || Scopes.Contains(scope);
}

/// <summary>Two agencies with three tenants, whose data hold words that nobody else's answers may contain.</summary>
public static class World
{
    public const string North = "north";
    public const string South = "south";

    public static readonly IReadOnlyList<string> Tenants = ["north-1", "north-2", "south-1"];

    /// <summary>No tenant: what another's tenant must look like.</summary>
    public const string Nobody = "nobody";

    private static readonly string[] All = ["ingest", "query", "admin"];

    /// <summary>The word in everything that a tenant holds.</summary>
    public static string Canary(string tenant) => $"canary{tenant.Replace("-", "", StringComparison.Ordinal)}x";

    /// <summary>Makes it, and every kind of credential.</summary>
    /// <param name="operatorClient">With the first key.</param>
    /// <param name="issuer">Of tokens that the services take.</param>
    /// <param name="stranger">Of tokens that they do not.</param>
    internal static async Task<IReadOnlyList<Credential>> Make(HttpClient operatorClient, LocalIssuer issuer, LocalIssuer stranger)
    {
        foreach (var agency in new[] { North, South })
            (await operatorClient.PutAsJsonAsync($"/v1/agencies/{agency}", new { name = agency })).EnsureSuccessStatusCode();
        var north = await Key(operatorClient, North, All);
        var south = await Key(operatorClient, South, All);
        foreach (var tenant in Tenants)
            await Fill(operatorClient.BaseAddress!, tenant.StartsWith(North, StringComparison.Ordinal) ? north.Text : south.Text, tenant);

        string[] northern = ["north-1", "north-2"];
        var revoked = await Key(operatorClient, North, All);
        var northQuery = await Key(operatorClient, North, ["query"]);
        using var northClient = Client(operatorClient.BaseAddress!, north.Text);
        (await northClient.DeleteAsync($"/v1/keys/{revoked.Id}")).EnsureSuccessStatusCode();
        return
        [
            new("nobody", null, false, [], []),
            new("garbage", "not-a-key", false, [], []),
            new("a key with a wrong secret", north.Text[..^4] + "0000", false, [], []),
            new("a revoked key", revoked.Text, false, [], []),
            new("north", north.Text, true, All, northern),
            new("north query", northQuery.Text, true, ["query"], northern),
            new("north ingest", (await Key(operatorClient, North, ["ingest"])).Text, true, ["ingest"], northern),
            new("north-1 only", (await Key(operatorClient, North, All, "north-1")).Text, true, All, ["north-1"]) { IsBound = true },
            new("south", south.Text, true, All, ["south-1"]),
            new("north by Basic", Basic(north), true, All, northern) { Scheme = "Basic" },
            new("north query by Basic", Basic(northQuery), true, ["query"], northern) { Scheme = "Basic" },
            new("south's secret under north's id by Basic", Basic((south.Text, north.Id)), false, [], []) { Scheme = "Basic" },
            new("a token of north", Token(issuer, North, scope: "crmkpi.query crmkpi.ingest crmkpi.admin"), true, All, northern)
            {
                Scheme = "Bearer",
            },
            new("a token of north-1 to query", Token(issuer, North, "north-1"), true, ["query"], ["north-1"])
            {
                Scheme = "Bearer", IsBound = true,
            },
            new("a token of north for a tenant of south", Token(issuer, North, "south-1"), true, ["query"], [])
            {
                Scheme = "Bearer", IsBound = true,
            },
            new("a token that has expired", issuer.Token(
                LocalIssuer.Claims(North), expires: TimeSpan.FromHours(-1), notBefore: TimeSpan.FromHours(-2)), false, [], [])
            {
                Scheme = "Bearer",
            },
            new("a token of another issuer", Token(stranger, North), false, [], []) { Scheme = "Bearer" },
            new("operator", operatorClient.DefaultRequestHeaders.GetValues("X-Api-Key").Single(), true, [.. All, "operator"], []),
        ];
    }

    /// <summary>A client with a credential.</summary>
    public static HttpClient Client(Uri gateway, Credential credential)
    {
        var client = new HttpClient { BaseAddress = gateway, Timeout = TimeSpan.FromMinutes(1) };
        credential.AddTo(client.DefaultRequestHeaders);
        return client;
    }

    /// <summary>A client with a key.</summary>
    public static HttpClient Client(Uri gateway, string? key) => Client(gateway, new Credential("", key, true, [], []));

    private static string Token(LocalIssuer issuer, string agency, string? tenant = null, string scope = "crmkpi.query") =>
        issuer.Token(LocalIssuer.Claims(agency, tenant is null ? null : new[] { tenant }, scope));

    // The password is the last part of the key.
    private static string Basic((string Text, string Id) key) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes($"{key.Id}:{key.Text[(key.Text.LastIndexOf('_') + 1)..]}"));

    private static async Task<(string Text, string Id)> Key(HttpClient client, string agency, string[] scopes, params string[] tenants)
    {
        using var answer = await client.PostAsJsonAsync(
            "/v1/keys", new { name = "canary", agency, scopes, tenants = tenants.Length == 0 ? null : tenants });
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        using var key = JsonDocument.Parse(text);
        return (key.RootElement.GetProperty("key").GetString()!, key.RootElement.GetProperty("id").GetString()!);
    }

    private static async Task Fill(Uri gateway, string key, string tenant)
    {
        using var client = Client(gateway, key);
        var word = Canary(tenant);
        (await client.PutAsJsonAsync($"/v1/tenants/{tenant}", new { name = word })).EnsureSuccessStatusCode();
        var events = string.Join('\n', Enumerable.Range(1, 5).SelectMany(i => new[]
        {
            Event($"l{i}", "lead.created", $"lead/{word}{i}", $$"""{"manager":"{{word}}m","source":"{{word}}s"}"""),
            Event($"d{i}", "deal.created", $"deal/{word}{i}", $$"""{"pipeline":"{{word}}p","stage":"new","customer":"{{word}}c"}"""),
            Event($"w{i}", "deal.won", $"deal/{word}{i}", $$$"""{"amount":{"amount":"10","currency":"EUR"},"customer":"{{{word}}}c"}"""),
            Event($"x{i}", "no.such", $"deal/{word}{i}", $$"""{"word":"{{word}}"}"""),
        }));
        using var content = new StringContent(events, Encoding.UTF8, "application/x-ndjson");
        using var answer = await client.PostAsync($"/v1/tenants/{tenant}/events", content);
        Assert.Contains("\"accepted\":15", await answer.Content.ReadAsStringAsync());
    }

    private static string Event(string id, string type, string subject, string data) =>
        $$"""{"specversion":"1.0","id":"{{id}}","source":"canary","type":"{{type}}","subject":"{{subject}}","time":"2026-01-05T10:00:00Z","data":{{data}}}""";
}
