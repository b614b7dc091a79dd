using CrmKpi.Hosting.Parameters;
using Microsoft.AspNetCore.Builder;

namespace CrmKpi.Services.Tests.Hosting;

/// <summary>Query parameters that nobody reads.</summary>
public sealed class KnownParametersTests : IAsyncLifetime
{
    private BareService _service = null!;

    public async Task InitializeAsync() => _service = await BareService.Start(service =>
    {
        service.UseKnownParameters();
        service.MapGet("/list", (string? after) => after ?? "none").AllowAnonymous().WithParameters("after", "limit");
        service.MapGet("/one", () => "one").AllowAnonymous();
    });

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Theory]
    [InlineData("/list", "none")]
    [InlineData("/list?", "none")]
    [InlineData("/list?after=x&limit=1", "x")]
    [InlineData("/one", "one")]
    public async Task What_is_known_passes(string path, string answer) => Assert.Equal(answer, await _service.Client.GetStringAsync(path));

    [Theory]
    [InlineData("/list?afer=x", "afer", "Did you mean 'after'?")]
    [InlineData("/list?After=x", "After", "There is no query parameter 'After'.")]
    [InlineData("/list?after=x&after=y", "after", "2 times")]
    [InlineData("/one?after=x", "after", "There is no query parameter 'after'.")]
    [InlineData("/list?=x", "", "There is no query parameter ''.")]
    public async Task What_is_not_is_refused(string path, string parameter, string detail)
    {
        using var answer = await _service.Client.GetAsync(path);
        var problem = await answer.Problem(400, "bad_parameter");
        Assert.Equal(parameter, problem.GetProperty("parameter").GetString());
        Assert.Contains(detail, problem.GetProperty("detail").GetString());
    }
}
