using System.Net;
using CrmKpi.Hosting.Problems;
using CrmKpi.Hosting.Versioning;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace CrmKpi.Services.Tests.Hosting;

/// <summary>Endpoints that will go away.</summary>
public sealed class DeprecationTests : IAsyncLifetime
{
    private static readonly DateOnly Since = new(2026, 1, 1);
    private static readonly DateOnly Sunset = new(2026, 9, 30);

    private BareService _service = null!;

    public async Task InitializeAsync() => _service = await BareService.Start(service =>
    {
        service.MapGet("/v1/old", () => "old").AllowAnonymous().Deprecated(Since, Sunset, "/docs#old");
        service.MapGet("/v1/broken", string () => throw new ProblemException(KnownProblems.NoSuchTenant)).AllowAnonymous()
            .Deprecated(Since, Sunset, "https://docs.example.com/broken");
        service.MapGet("/v1/linked", (HttpContext context) => context.Response.Headers.Append("Link", "</v1/next>; rel=\"next\""))
            .AllowAnonymous().Deprecated(Since, Sunset, "/docs");
        service.MapGet("/v1/new", () => "new").AllowAnonymous();
    });

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Theory]
    [InlineData("/v1/old", HttpStatusCode.OK, "</docs#old>; rel=\"deprecation\"; type=\"text/html\"")]
    [InlineData("/v1/broken", HttpStatusCode.NotFound, "<https://docs.example.com/broken>; rel=\"deprecation\"; type=\"text/html\"")]
    public async Task Every_answer_says_since_when_until_when_and_what_instead(string path, HttpStatusCode status, string link)
    {
        using var answer = await _service.Client.GetAsync(path);
        Assert.Equal(status, answer.StatusCode);
        // RFC 9745: a date of structured fields; RFC 8594: one of HTTP.
        Assert.Equal("@1767225600", answer.Headers.GetValues("Deprecation").Single());
        Assert.Equal("Wed, 30 Sep 2026 00:00:00 GMT", answer.Headers.GetValues("Sunset").Single());
        Assert.Equal(link, answer.Headers.GetValues("Link").Single());
    }

    [Fact]
    public async Task Another_link_of_the_answer_stays()
    {
        using var answer = await _service.Client.GetAsync("/v1/linked");
        Assert.Equal(2, answer.Headers.GetValues("Link").Count());
    }

    [Fact]
    public async Task Others_say_nothing()
    {
        using var answer = await _service.Client.GetAsync("/v1/new");
        Assert.DoesNotContain(answer.Headers, h => h.Key is "Deprecation" or "Sunset" or "Link");
    }

    [Fact]
    public void A_notice_that_is_too_short_or_leads_nowhere_is_an_error_of_ours()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Deprecation(Since, Since.AddDays(Deprecation.NoticeDaysMin - 1), "/docs"));
        Assert.NotNull(new Deprecation(Since, Since.AddDays(Deprecation.NoticeDaysMin), "/docs"));
        Assert.Throws<ArgumentException>(() => new Deprecation(Since, Sunset, "/docs>; rel=x"));
    }
}
