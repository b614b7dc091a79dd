using System.Net;
using CrmKpi.EventLog;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace CrmKpi.Services.Tests.Hosting;

/// <summary>What exceptions and bare statuses become.</summary>
public sealed class ProblemTests : IAsyncLifetime
{
    private BareService _service = null!;

    public async Task InitializeAsync() => _service = await BareService.Start(service =>
    {
        service.MapGet("/throw/{what}", (string what) => Throw(what)).AllowAnonymous();
        service.MapGet("/status/{code:int}", (int code) => Results.StatusCode(code)).AllowAnonymous();
        service.MapGet("/number", (int n) => Results.Ok(n)).AllowAnonymous();
        service.MapGet("/half", async (HttpContext context) =>
        {
            context.Response.ContentLength = 1_000;
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            throw new InvalidOperationException("secret");
        }).AllowAnonymous();
    });

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Theory]
    [InlineData("tenant", 404, "tenant_not_found")]
    [InlineData("conflict", 409, "version_conflict")]
    [InlineData("overloaded", 503, "overloaded")]
    [InlineData("log", 503, "database_unavailable")]
    [InlineData("npgsql", 503, "database_unavailable")]
    [InlineData("wrapped", 503, "database_unavailable")]
    [InlineData("bad", 400, "malformed_request")]
    [InlineData("large", 413, "body_too_large")]
    public async Task Exceptions_have_their_problem(string what, int status, string code) =>
        await (await _service.Client.GetAsync($"/throw/{what}")).Problem(status, code);

    [Fact]
    public async Task Our_own_error_shows_a_trace_id_and_nothing_else()
    {
        var problem = await (await _service.Client.GetAsync("/throw/other")).Problem(500, "internal_error");
        Assert.Matches("^[0-9a-f]{32}$", problem.GetProperty("traceId").GetString());
        Assert.DoesNotContain("secret", problem.GetRawText());
        Assert.DoesNotContain("Exception", problem.GetRawText());
    }

    [Theory]
    [InlineData(404, "not_found")]
    [InlineData(415, "unsupported_media_type")]
    [InlineData(502, "bad_gateway")]
    [InlineData(503, "unavailable")]
    public async Task A_bare_status_gets_a_body(int status, string code) =>
        await (await _service.Client.GetAsync($"/status/{status}")).Problem(status, code);

    [Fact]
    public async Task No_such_address_and_no_such_method()
    {
        await (await _service.Client.GetAsync("/nowhere")).Problem(404, "not_found");
        using var answer = await _service.Client.PostAsync("/number", null);
        await answer.Problem(405, "method_not_allowed");
        Assert.Equal(["GET"], answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task A_value_that_does_not_bind_is_named()
    {
        var problem = await (await _service.Client.GetAsync("/number?n=many")).Problem(400, "malformed_request");
        Assert.Contains("many", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_cut_answer_does_not_look_like_a_whole_one() =>
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _service.Client.GetAsync("/half"));

    [Theory]
    [InlineData("abc-1.2_X", true)]
    [InlineData("with space", false)]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789", false)]
    public async Task The_request_id_is_the_callers_when_it_is_well_formed(string id, bool kept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live");
        request.Headers.TryAddWithoutValidation("X-Request-Id", id);
        using var answer = await _service.Client.SendAsync(request);
        var answered = Assert.Single(answer.Headers.GetValues("X-Request-Id"));
        Assert.Equal(kept, answered == id);
        Assert.NotEmpty(answered);
    }

    [Fact]
    public async Task The_server_does_not_name_itself()
    {
        using var answer = await _service.Client.GetAsync("/health/live");
        Assert.False(answer.Headers.Contains("Server"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static IResult Throw(string what) => throw (what switch
    {
        "tenant" => new UnknownTenantException("acme"),
        "conflict" => new VersionConflictException("lead/1", 1, 2),
        "overloaded" => new OverloadedException(TimeSpan.FromSeconds(3)),
        "log" => new LogUnavailableException(TimeSpan.FromSeconds(3), new TimeoutException()),
        "npgsql" => new NpgsqlException("connection refused"),
        "wrapped" => new InvalidOperationException("x", new NpgsqlException("connection refused")),
        "bad" => new BadHttpRequestException("The request is odd."),
        "large" => new BadHttpRequestException("Too large.", 413),
        _ => new InvalidOperationException("secret"),
    });
}
