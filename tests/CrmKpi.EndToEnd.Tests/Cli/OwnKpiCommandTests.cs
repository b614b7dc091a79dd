using CrmKpi.EndToEnd.Tests.Local;

namespace CrmKpi.EndToEnd.Tests.Cli;

[Collection(LocalCollection.Name)]
public sealed class OwnKpiCommandTests(LocalFixture local) : IDisposable
{
    private const string Definitions = """
        kpis:
          cli_double:
            name: Doubled base
            unit: count
            better: up
            formula: kpi(cli_base) * 2   # stands before what it refers to
            norm: { low: 1.5 }
          cli_base:
            name: { ru: Основа, en: Base }
            unit: count
            better: up
            formula: deals_won
        """;

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task Definitions_are_set_from_a_file_used_listed_cloned_and_removed()
    {
        await local.Cli("tenant", "set", "kpi-from", "--name", "From");
        await local.Cli("tenant", "set", "kpi-to", "--name", "To");
        await File.WriteAllTextAsync(_file, Definitions);
        var set = await local.Cli("kpi", "set", _file, "--tenant", "kpi-from");
        Assert.True(set.Code == 0, set.Error);
        Assert.Equal(["KPI cli_base: saved.", "KPI cli_double: saved."],
            set.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.Contains("KPI cli_double: nothing to change.",
            (await local.Cli("kpi", "set", _file, "--tenant", "kpi-from")).Out);
        Assert.Contains("Doubled base", (await local.Cli("kpi", "list", "--tenant", "kpi-from")).Out);
        Assert.Equal(0, (await local.Cli("kpis", "--tenant", "kpi-from", "--kpi", "cli_double")).Code);

        var cloned = await local.Cli("tenant", "clone", "kpi-to", "--from", "kpi-from", "--what", "kpis");
        Assert.Contains("kpis: 2 copied, 0 skipped", cloned.Out);
        Assert.Contains("cli_base: same", (await local.Cli("tenant", "clone", "kpi-to", "--from", "kpi-from")).Out);

        Assert.Contains("kpi_in_use", (await local.Cli("kpi", "remove", "cli_base", "--tenant", "kpi-to")).Error);
        Assert.Contains("removed", (await local.Cli("kpi", "remove", "cli_double", "--tenant", "kpi-to")).Out);
        Assert.Equal(0, (await local.Cli("kpi", "remove", "cli_base", "--tenant", "kpi-to")).Code);
    }

    [Fact]
    public async Task Json_is_read_too_and_an_agency_can_be_the_owner()
    {
        await File.WriteAllTextAsync(_file,
            """{"kpis":{"cli_agency":{"name":"A","unit":"%","better":"up","formula":"deals_won / deals_created"}}}""");
        Assert.Contains("saved", (await local.Cli("kpi", "set", _file, "--agency", "default")).Out);
        Assert.Contains("cli_agency", (await local.Cli("kpi", "list", "--agency", "default")).Out);
        Assert.Equal(0, (await local.Cli("kpi", "remove", "cli_agency", "--agency", "default")).Code);
    }

    [Theory]
    [InlineData("kpis:\n  x: 5\n", "line 2: 'x' must be a map")]
    [InlineData("kpi:\n  x: {}\n", "'kpis:' and below it")]
    [InlineData("a: [\n", "neither YAML nor JSON")]
    [InlineData("kpis: { x: { name: N, unit: count, better: up, formula: kpi(cli_nothing) } }", "unknown_kpi")]
    [InlineData("kpis: { x: { name: N, unit: count, better: up, formula: deals_won + } }", "column 12")]
    public async Task A_wrong_file_is_told_with_the_place(string text, string error)
    {
        await local.Cli("tenant", "set", "kpi-wrong", "--name", "Wrong");
        await File.WriteAllTextAsync(_file, text);
        var result = await local.Cli("kpi", "set", _file, "--tenant", "kpi-wrong");
        Assert.Equal(1, result.Code);
        Assert.Contains(error, result.Error);
    }

    [Fact]
    public async Task One_owner_must_be_named()
    {
        Assert.Contains("--tenant or --agency", (await local.Cli("kpi", "list")).Error);
        Assert.Contains("--tenant or --agency",
            (await local.Cli("kpi", "list", "--tenant", "a", "--agency", "b")).Error);
    }
}
