using System.Net;
using Microsoft.Extensions.Options;

namespace CrmKpi.Services.Tests.Gateway;

/// <summary>Calls from web pages of other origins.</summary>
public sealed class CorsTests
{
    private const string Page = "https://bi.example.com";

    [Fact]
    public async Task Pages_of_named_origins_may_call_and_read_others_may_not()
    {
        await using var crm = await Installation.Start(
            gateway: new() { ["Cors:Origins"] = $"{Page}, https://*.trusted.example.com", ["Cors:PreflightSeconds"] = "600" });
        using var anybody = crm.Client();

        foreach (var origin in new[] { Page, "https://a.trusted.example.com", "https://b.a.trusted.example.com" })
        {
            using var preflight = await Preflight(anybody, origin);
            Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
            Assert.Equal(origin, preflight.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.Contains("PUT", preflight.Headers.GetValues("Access-Control-Allow-Methods").Single());
            Assert.Contains("X-Api-Key", preflight.Headers.GetValues("Access-Control-Allow-Headers").Single());
            Assert.Equal("600", preflight.Headers.GetValues("Access-Control-Max-Age").Single());
            Assert.False(preflight.Headers.Contains("Access-Control-Allow-Credentials"));

            using var call = await Call(crm.Admin, origin, "/v1/tenants");
            Assert.Equal(HttpStatusCode.OK, call.StatusCode);
            Assert.Equal(origin, call.Headers.GetValues("Access-Control-Allow-Origin").Single());
            var exposed = call.Headers.GetValues("Access-Control-Expose-Headers").Single();
            foreach (var header in new[] { "ETag", "CrmKpi-Sequence", "X-Request-Id", "RateLimit", "Retry-After", "Deprecation" })
                Assert.Contains(header, exposed);
            Assert.Contains("Origin", call.Headers.Vary);
            // An error can be read too, else a page could not tell what was wrong.
            using var refused = await Call(anybody, origin, "/v1/tenants");
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.Equal(origin, refused.Headers.GetValues("Access-Control-Allow-Origin").Single());
        }
        foreach (var origin in new[] { "https://evil.example.com", "http://bi.example.com", "https://trusted.example.com", "null" })
        {
            using var preflight = await Preflight(anybody, origin);
            Assert.False(preflight.Headers.Contains("Access-Control-Allow-Origin"));
            using var call = await Call(crm.Admin, origin, "/v1/tenants");
            Assert.False(call.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task Without_configuration_no_page_of_another_origin_may()
    {
        var crm = await Installation.Shared;
        using var preflight = await Preflight(crm.Client(), Page);
        await preflight.Problem(405, "method_not_allowed");
        using var call = await Call(crm.Admin, Page, "/v1/tenants");
        Assert.False(call.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Any_origin_may_when_it_is_said_but_never_with_credentials()
    {
        await using var crm = await Installation.Start(gateway: new() { ["Cors:Origins"] = "*" });
        using var call = await Call(crm.Admin, "https://anywhere.example", "/v1/tenants");
        Assert.Equal("*", call.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.False(call.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Theory]
    [InlineData("bi.example.com")]
    [InlineData("https://bi.example.com/")]
    [InlineData("https://bi.example.com/path")]
    [InlineData("https://Bi.example.com")]
    [InlineData("https://bi.example.com:443")]
    [InlineData("ftp://bi.example.com")]
    [InlineData("https://*")]
    [InlineData("https://*.com")]
    [InlineData("https://bi.*.com")]
    [InlineData("https://*bi.example.com")]
    [InlineData("*, https://bi.example.com")]
    public async Task What_is_no_origin_ends_the_start(string origins)
    {
        var failed = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            Installation.Start(gateway: new() { ["Cors:Origins"] = origins }));
        Assert.Contains("Cors:Origins", failed.Message);
    }

    private static async Task<HttpResponseMessage> Preflight(HttpClient client, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/v1/tenants/acme");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "PUT");
        request.Headers.Add("Access-Control-Request-Headers", "x-api-key, content-type");
        return await client.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> Call(HttpClient client, string origin, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Origin", origin);
        return await client.SendAsync(request);
    }
}
