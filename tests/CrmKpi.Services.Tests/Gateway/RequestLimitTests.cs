using System.Net;
using CrmKpi.Gateway.Limits;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Limits;
using Microsoft.AspNetCore.Http;
using static CrmKpi.Services.Tests.Gateway.Doors;

namespace CrmKpi.Services.Tests.Gateway;

/// <summary>What the gateway lets in: by credential, by address, in all.</summary>
public sealed class RequestLimitTests
{
    // So slow that nothing comes back during a test.
    private static Dictionary<string, string?> Limits(params (string Name, int Value)[] limits) => new(
        limits.Select(limit => KeyValuePair.Create($"Limits:{limit.Name}", (string?)$"{limit.Value}")))
    {
        ["Limits:CredentialPerSecond"] = "0.001",
        ["Limits:AddressPerSecond"] = "0.001",
    };

    [Fact]
    public async Task Whoever_guesses_keys_uses_up_the_own_address_and_nothing_of_those_who_have_one()
    {
        await using var service = await Checking();
        await using var door = await Open(service.Urls.Single(), Limits(("AddressBurst", 5), ("CredentialBurst", 50)));
        using var client = Installation.Client(door);
        Assert.Equal(HttpStatusCode.OK, (await client.Ask(RightKey)).StatusCode);

        var guesses = await Statuses(10, i => client.Ask($"crmkpi_wrong{i}"));
        Assert.Equal(
            [.. Enumerable.Repeat(HttpStatusCode.Unauthorized, 4), .. Enumerable.Repeat(HttpStatusCode.TooManyRequests, 6)], guesses);
        using var anonymous = await client.Ask();
        await anonymous.Problem(429, "too_many_requests");
        Assert.StartsWith("\"address\";q=5;w=5000", Assert.Single(anonymous.Headers.GetValues(LimitHeaders.Policy)), StringComparison.Ordinal);

        // The one that a service has accepted does not notice.
        Assert.All(await Statuses(30, _ => client.Ask(RightKey)), status => Assert.Equal(HttpStatusCode.OK, status));
    }

    [Fact]
    public async Task A_credential_has_an_allowance_of_its_own_and_says_what_is_left()
    {
        await using var service = await Checking(isRight: _ => true);
        await using var door = await Open(service.Urls.Single(), Limits(("CredentialBurst", 5)));
        using var client = Installation.Client(door);
        // The first request of each is that of an unknown one.
        await client.Ask("a");
        await client.Ask("b");
        using var first = await client.Ask("a");
        Assert.Equal("\"credential\";q=5;w=5000", Assert.Single(first.Headers.GetValues(LimitHeaders.Policy)));
        Assert.Equal("\"credential\";r=4;t=1000", Assert.Single(first.Headers.GetValues(LimitHeaders.Limit)));
        Assert.False(first.Headers.Contains(AcceptedCredential.Header));
        Assert.All(await Statuses(4, _ => client.Ask("a")), status => Assert.Equal(HttpStatusCode.OK, status));

        using var refused = await client.Ask("a");
        var problem = await refused.Problem(429, "too_many_requests");
        Assert.Equal("credential", problem.GetProperty("policy").GetString());
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 1_000);
        Assert.StartsWith("\"credential\";r=0;t=", Assert.Single(refused.Headers.GetValues(LimitHeaders.Limit)), StringComparison.Ordinal);
        Assert.All(await Statuses(5, _ => client.Ask("b")), status => Assert.Equal(HttpStatusCode.OK, status));
        // The same key in another header is the same credential.
        using var other = new HttpRequestMessage(HttpMethod.Get, "/v1/tenants") { Headers = { { "X-Api-Key", "a" } } };
        await (await client.SendAsync(other)).Problem(429, "too_many_requests");
    }

    [Fact]
    public async Task Credentials_of_one_caller_share_an_allowance()
    {
        await using var service = await Checking(isRight: _ => true);
        await using var door = await Open(service.Urls.Single(), Limits(("CredentialBurst", 5)));
        using var client = Installation.Client(door);
        // The first request of each counts by its address: until the service has answered nobody knows whose it is.
        foreach (var token in new[] { "ann.1", "ann.2", "bob.1" })
            await client.Ask(token);
        Assert.All(
            await Statuses(5, i => client.Ask($"ann.{1 + i % 2}")), status => Assert.Equal(HttpStatusCode.OK, status));
        await (await client.Ask("ann.1")).Problem(429, "too_many_requests");
        await (await client.Ask("ann.2")).Problem(429, "too_many_requests");
        Assert.Equal(HttpStatusCode.OK, (await client.Ask("bob.1")).StatusCode);
        // A new token is no new allowance.
        Assert.Equal(HttpStatusCode.OK, (await client.Ask("ann.3")).StatusCode);
        await (await client.Ask("ann.3")).Problem(429, "too_many_requests");
    }

    [Fact]
    public async Task A_key_that_was_revoked_counts_by_its_address_again()
    {
        var isRevoked = false;
        await using var service = await Checking(isRight: _ => !isRevoked);
        await using var door = await Open(service.Urls.Single(), Limits(("AddressBurst", 3), ("CredentialBurst", 100)));
        using var client = Installation.Client(door);
        Assert.All(await Statuses(10, _ => client.Ask(RightKey)), status => Assert.Equal(HttpStatusCode.OK, status));
        isRevoked = true;
        var statuses = await Statuses(10, _ => client.Ask(RightKey));
        Assert.Equal(
            [.. Enumerable.Repeat(HttpStatusCode.Unauthorized, 3), .. Enumerable.Repeat(HttpStatusCode.TooManyRequests, 7)], statuses);
    }

    [Theory]
    [InlineData("Limits:CredentialInFlightMax", 429, "too_many_requests")]
    [InlineData("Limits:InFlightMax", 503, "overloaded")]
    public async Task Requests_in_flight_are_bounded_and_leave_room_when_they_end(string limit, int status, string code)
    {
        var gate = new TaskCompletionSource();
        var inside = new SemaphoreSlim(0);
        await using var service = await Checking(async context =>
        {
            if (context.Request.Query.ContainsKey("wait"))
            {
                inside.Release();
                await gate.Task;
            }
        });
        await using var door = await Open(service.Urls.Single(), new() { [limit] = "2" });
        using var client = Installation.Client(door);
        Assert.Equal(HttpStatusCode.OK, (await client.Ask(RightKey)).StatusCode);
        var waiting = Enumerable.Range(0, 2).Select(_ => client.Ask(RightKey, "/v1/tenants?wait=1")).ToList();
        await inside.WaitAsync();
        await inside.WaitAsync();
        await (await client.Ask(RightKey)).Problem(status, code);
        // Health is asked by the platform, whatever the load.
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live")).StatusCode);
        gate.SetResult();
        Assert.All(await Task.WhenAll(waiting), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(HttpStatusCode.OK, (await client.Ask(RightKey)).StatusCode);
    }

    [Fact]
    public async Task What_is_not_there_counts_as_well()
    {
        await using var service = await Checking();
        await using var door = await Open(service.Urls.Single(), Limits(("AddressBurst", 2)));
        using var client = Installation.Client(door);
        Assert.Equal(
            [HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.TooManyRequests],
            await Statuses(3, i => client.Ask(path: $"/nowhere/{i}")));
    }

    [Fact]
    public async Task Behind_a_trusted_proxy_each_client_has_an_address_and_elsewhere_nobody_can_claim_one()
    {
        await using var service = await Checking(isRight: _ => false);
        foreach (var isTrusted in new[] { true, false })
        {
            var limits = Limits(("AddressBurst", 1));
            if (isTrusted)
                limits["Gateway:TrustedProxies"] = "10.1.0.0/16, 127.0.0.1, ::1";
            await using var door = await Open(service.Urls.Single(), limits);
            using var client = Installation.Client(door);
            var statuses = await Statuses(6, i => AskFor(client, isTrusted ? $"203.0.113.{i % 3}, 10.1.2.3" : $"203.0.113.{i}"));
            Assert.Equal(isTrusted ? 3 : 1, statuses.Count(status => status == HttpStatusCode.Unauthorized));
            Assert.Equal(isTrusted ? 3 : 5, statuses.Count(status => status == HttpStatusCode.TooManyRequests));
        }

        static Task<HttpResponseMessage> AskFor(HttpClient client, string forwarded) => client.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, "/v1/tenants") { Headers = { { "X-Forwarded-For", forwarded } } });
    }

    [Fact]
    public async Task The_service_learns_the_address_that_the_gateway_believes()
    {
        string? seen = null;
        await using var service = await Service(context =>
        {
            seen = context.Request.Headers["X-Forwarded-For"];
            return Task.CompletedTask;
        });
        foreach (var (trusted, expected) in new[] { ("", "127.0.0.1"), ("127.0.0.1", "203.0.113.9") })
        {
            await using var door = await Open(service.Urls.Single(), new() { ["Gateway:TrustedProxies"] = trusted });
            using var client = Installation.Client(door);
            client.DefaultRequestHeaders.Add("X-Forwarded-For", "198.51.100.1, 203.0.113.9");
            await client.Ask();
            Assert.Equal(expected, seen!.Replace("::ffff:", "", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("proxy.example")]
    [InlineData("10.0.0.1/8/8")]
    public async Task A_proxy_that_is_no_address_keeps_the_gateway_from_starting(string proxies)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Open(Installation.Nowhere, new() { ["Gateway:TrustedProxies"] = proxies }));
        Assert.Contains("TrustedProxies", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Credentials_are_remembered_within_bounds_and_only_while_they_are_used()
    {
        var time = new ManualTime();
        var table = new CredentialTable(new RatePolicy("c", 100, 100), entriesMax: 2, TimeSpan.FromMinutes(1), time);
        var (a, b, c) = (Digest("a"), Digest("b"), Digest("c"));
        Assert.Null(table.Find(a));
        table.Accepted(a, "ann");
        table.Accepted(a, "ann");
        table.Accepted(b, "ann");
        Assert.Same(table.Find(a), table.Find(b));
        table.Accepted(c, "bob");
        Assert.Null(table.Find(c));
        Assert.Equal(2, table.Count);
        // What a caller has used up stays so while their credentials come and go.
        Assert.True(table.Find(a)!.TryEnter(1));

        time.Now += TimeSpan.FromSeconds(50);
        Assert.NotNull(table.Find(b));
        time.Now += TimeSpan.FromSeconds(50);
        table.Accepted(c, "bob");
        Assert.Null(table.Find(a));
        Assert.NotNull(table.Find(b));
        Assert.NotSame(table.Find(b), table.Find(c));
        table.Refused(b);
        table.Accepted(a, "ann");
        Assert.False(table.Find(a)!.TryEnter(1));
        table.Refused(a);
        table.Accepted(b, "ann");
        table.Refused(c);
        table.Refused(c);
        Assert.Null(table.Find(c));
        Assert.Equal(1, table.Count);
    }

    [Fact]
    public void Addresses_of_one_client_are_one()
    {
        static ClientAddress Of(string text) => ClientAddress.Of(IPAddress.Parse(text));
        Assert.Equal(Of("192.0.2.1"), Of("::ffff:192.0.2.1"));
        Assert.NotEqual(Of("192.0.2.1"), Of("192.0.2.2"));
        Assert.Equal(Of("2001:db8:1:2::1"), Of("2001:db8:1:2:ffff::9"));
        Assert.NotEqual(Of("2001:db8:1:2::1"), Of("2001:db8:1:3::1"));
        Assert.NotEqual(Of("::c000:201"), Of("192.0.2.1"));
        Assert.Equal(ClientAddress.Of(null), ClientAddress.Of(null));
    }

    private static CredentialDigest Digest(string key) =>
        CredentialDigest.Of(new HeaderDictionary { ["X-Api-Key"] = key })!.Value;
}
