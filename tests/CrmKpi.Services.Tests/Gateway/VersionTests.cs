namespace CrmKpi.Services.Tests.Gateway;

/// <summary>Versions that there are not.</summary>
public sealed class VersionTests
{
    [Theory]
    [InlineData("/v2/tenants", "v2")]
    [InlineData("/v2", "v2")]
    [InlineData("/v0/kpis?lang=en", "v0")]
    [InlineData("/v10/", "v10")]
    public async Task Another_version_is_404_with_those_that_there_are(string path, string version)
    {
        var crm = await Installation.Shared;
        var problem = await (await crm.Client().GetAsync(path)).Problem(404, "unknown_version");
        Assert.Contains($"'{version}'", problem.GetProperty("detail").GetString());
        Assert.Equal(["v1"], problem.GetProperty("allowed").EnumerateArray().Select(v => v.GetString()));
    }

    [Theory]
    [InlineData("/v")]
    [InlineData("/v1x/tenants")]
    [InlineData("/vat/2")]
    [InlineData("/tenants")]
    [InlineData("/v1/v2/tenants")]
    public async Task What_is_no_version_is_just_not_there(string path)
    {
        var crm = await Installation.Shared;
        await (await crm.Client().GetAsync(path)).Problem(404, "not_found");
    }
}
