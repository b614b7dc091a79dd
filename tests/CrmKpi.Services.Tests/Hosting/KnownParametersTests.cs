using CrmKpi.Hosting;
using CrmKpi.Hosting.Parameters;
using Microsoft.AspNetCore.Builder;

namespace CrmKpi.Services.Tests.Hosting;

/// <summary>Query parameters that nobody reads.</summary>
public sealed class KnownParametersTests : IAsyncLifetime
{
    private WebApplication _service = null!;
    private HttpClient _client = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddCrmKpiServer("test");
        Installation.Listen(builder);
        _service = builder.Build();
        _service.MapCrmKpiDefaults();
        _service.UseKnownParameters();
        _service.MapGet("/list", (string? after) => after ?? "none").AllowAnonymous().WithParameters("after", "limit");
        _service.MapGet("/one", () => "one").AllowAnonymous();
        await _service.StartAsync();
        _client = Installation.Client(_service);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _service.DisposeAsync();
    }

    [Theory]
    [InlineData("/list", "none")]
    [InlineData("/list?", "none")]
    [InlineData("/list?after=x&limit=1", "x")]
    [InlineData("/one", "one")]
    public async Task What_is_known_passes(string path, string answer) => Assert.Equal(answer, await _client.GetStringAsync(path));

    [Theory]
    [InlineData("/list?afer=x", "afer", "Did you mean 'after'?")]
    [InlineData("/list?After=x", "After", "There is no query parameter 'After'.")]
    [InlineData("/list?after=x&after=y", "after", "2 times")]
    [InlineData("/one?after=x", "after", "There is no query parameter 'after'.")]
    [InlineData("/list?=x", "", "There is no query parameter ''.")]
    public async Task What_is_not_is_refused(string path, string parameter, string detail)
    {
        using var answer = await _client.GetAsync(path);
        var problem = await answer.Problem(400, "bad_parameter");
        Assert.Equal(parameter, problem.GetProperty("parameter").GetString());
        Assert.Contains(detail, problem.GetProperty("detail").GetString());
    }
}
