using System.Net;
using System.Text.Json;

namespace CrmKpi.Services.Tests.OpenApi;

/// <summary>The description and the page to try it, as anybody gets them from the gateway.</summary>
public sealed class OpenApiHttpTests : IAsyncLifetime
{
    private Installation _crm = null!;
    private HttpClient _anybody = null!;

    public async Task InitializeAsync()
    {
        _crm = await Installation.Shared;
        _anybody = _crm.Client();
    }

    public Task DisposeAsync()
    {
        _anybody.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task It_is_served_to_anybody_and_not_again_to_who_has_it()
    {
        using var answer = await _anybody.GetAsync("/v1/openapi.json");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        Assert.True(answer.Headers.CacheControl!.Public && answer.Headers.CacheControl.NoCache);
        var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("3.1.1", document.GetProperty("openapi").GetString());

        foreach (var known in new[] { answer.Headers.ETag!.ToString(), $"\"other\", {answer.Headers.ETag}", "*", answer.Headers.ETag.Tag })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/openapi.json");
            request.Headers.TryAddWithoutValidation("If-None-Match", known);
            using var again = await _anybody.SendAsync(request);
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
            Assert.Equal(answer.Headers.ETag, again.Headers.ETag);
            Assert.Empty(await again.Content.ReadAsByteArrayAsync());
        }
    }

    [Theory]
    [InlineData("/docs", "text/html")]
    [InlineData("/docs/docs.js", "text/javascript")]
    [InlineData("/docs/swagger-ui-bundle.js", "text/javascript")]
    [InlineData("/docs/swagger-ui.css", "text/css")]
    public async Task The_page_has_all_its_files_and_a_strict_policy(string path, string mediaType)
    {
        using var answer = await _anybody.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(mediaType, answer.Content.Headers.ContentType!.MediaType);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy);
        Assert.Contains("script-src 'self';", policy);
        Assert.DoesNotContain("http", policy);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.NotEmpty(await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task The_page_runs_no_script_of_its_own_text_and_asks_nobody_else()
    {
        var page = await _anybody.GetStringAsync("/docs");
        Assert.DoesNotMatch(@"<script>|<script [^>]*>[^<]|\son[a-z]+=|https?:", page);
        Assert.DoesNotContain("http", await _anybody.GetStringAsync("/docs/docs.js"));
    }

    [Theory]
    [InlineData("/docs/index.html")]
    [InlineData("/docs/../GatewayHost.cs")]
    [InlineData("/docs/swagger-ui.js")]
    [InlineData("/docs/a/b")]
    public async Task Nothing_else_is_there(string path) => await (await _anybody.GetAsync(path)).Problem(404, "not_found");
}
