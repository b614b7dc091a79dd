using CrmKpi.EndToEnd.Tests.Local;

namespace CrmKpi.EndToEnd.Tests.Cli;

/// <summary>Agencies, keys and the trail from the command line.</summary>
[Collection(LocalCollection.Name)]
public sealed class IdentityCommandTests(LocalFixture local)
{
    [Fact]
    public async Task An_agency_is_registered_gets_its_first_key_and_shows_in_the_trail()
    {
        var set = await local.Cli("agency", "set", "north", "--name", "North GmbH");
        Assert.True(set.Code == 0, set.ToString());
        Assert.Contains("north is registered", set.Out);
        Assert.Contains("nothing to change", (await local.Cli("agency", "set", "north", "--name", "North GmbH")).Out);
        Assert.Contains("North GmbH", (await local.Cli("agency", "list")).Out);

        var made = await local.Cli("key", "create", "--name", "first", "--agency", "north", "--scope", "admin");
        Assert.True(made.Code == 0, made.ToString());
        var key = made.Out.Trim();
        Assert.Contains(key.Split('_')[1], (await local.Cli("key", "list", "--agency", "north")).Out);
        Assert.DoesNotContain(LocalFixture.Olist, (await local.CliWith(key, "tenant", "list")).Out);
        Assert.Contains("missing_scope", (await local.CliWith(key, "agency", "list")).Error);
        Assert.Contains("agency_not_found", (await local.CliWith(key, "audit", "default")).Error);

        var trail = await local.CliWith(key, "audit", "north", "--format", "json");
        Assert.Equal(
            ["agency.registered", "key.created"],
            trail.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l =>
                System.Text.Json.JsonDocument.Parse(l).RootElement.GetProperty("type").GetString()));
        var table = await local.CliWith(key, "audit", "north", "--after", "1");
        Assert.Contains("key.created", table.Out);
        Assert.DoesNotContain("agency.registered", table.Out);
        Assert.Contains("кем", (await local.CliWith(key, "audit", "north", "--lang", "ru")).Out);
        // It names tenants: not for operators.
        Assert.Contains("agency_not_found", (await local.Cli("audit", "north")).Error);
    }

    [Fact]
    public async Task A_key_is_rotated_and_both_are_listed()
    {
        var made = (await local.Cli("key", "create", "--name", "report", "--scope", "query")).Out.Trim();
        var rotated = await local.Cli("key", "rotate", made.Split('_')[1], "--overlap", "2");
        Assert.True(rotated.Code == 0, rotated.ToString());
        var next = rotated.Out.Trim();
        foreach (var key in new[] { made, next })
        {
            var asked = await local.CliWith(key, "kpis", "--tenant", LocalFixture.Olist, "--kpi", "deals_won");
            Assert.True(asked.Code == 0, asked.ToString());
        }
        var list = (await local.Cli("key", "list")).Out;
        Assert.Contains(next.Split('_')[1], list);
        Assert.Contains("expires_soon", list);
        Assert.Contains("key_replaced", (await local.Cli("key", "rotate", made.Split('_')[1])).Error);
    }

    [Theory]
    [InlineData("key", "rotate", "0000000000000000", "--overlap", "721", "out_of_range")]
    [InlineData("key", "rotate", "0000000000000000", "--overlap", "1", "key_not_found")]
    [InlineData("key", "list", "--agency", "nobody", "--lang", "en", "agency_not_found")]
    [InlineData("agency", "set", "North", "--name", "x", "", "bad_parameter")]
    [InlineData("agency", "set", "north", "--name", " ", "", "missing_field")]
    public async Task What_is_wrong_is_told(params string[] line)
    {
        var result = await local.Cli([.. line[..^1].Where(a => a.Length > 0)]);
        Assert.Equal(1, result.Code);
        Assert.Contains(line[^1], result.Error);
    }

    [Theory]
    [InlineData("agency", "set", "north")]
    [InlineData("audit", "north", "--limit", "0")]
    [InlineData("audit", "north", "--format", "xml")]
    [InlineData("key", "rotate")]
    [InlineData("key", "rotate", "x", "--overlap", "soon")]
    public async Task Wrong_usage_ends_with_2(params string[] line) => Assert.Equal(2, (await local.Cli(line)).Code);
}
