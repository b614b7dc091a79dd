namespace CrmKpi.Observability.Tests;

public sealed class PromtoolTests
{
    [Fact]
    public void A_missing_promtool_is_told_with_what_to_install()
    {
        var e = Assert.Throws<InvalidOperationException>(() => Promtool.Find(Path.GetTempPath()));

        Assert.Contains("apt-get install prometheus", e.Message);
    }

    [Fact]
    public async Task A_file_that_is_no_rules_is_refused()
    {
        using var folder = new TemporaryFolder();

        var verdict = await Promtool.CheckRules(
            folder.Write("rules.yaml", "groups: [{ name: a, rules: [{ alert: A }] }]"));

        Assert.False(verdict.IsGood);
        Assert.Contains("expr", verdict.Text);
    }

    [Fact]
    public async Task A_failed_expectation_is_told_from_a_file_that_cannot_be_read()
    {
        using var folder = new TemporaryFolder();
        folder.Write(
            "rules.yaml", "groups: [{ name: a, rules: [{ alert: A, expr: vector(1), labels: { b: c } }] }]");
        var failing = folder.Write(
            "test.yaml",
            "{ rule_files: [rules.yaml], tests: [{ alert_rule_test: [{ alertname: A, eval_time: 1m }] }] }");
        var unreadable = folder.Write("unreadable.yaml", "{ rule_files: [rules.yaml], tests: [{ alerts: [] }] }");

        Assert.True((await Promtool.TestRules(failing)).IsFailedTest);
        Assert.False((await Promtool.TestRules(unreadable)).IsGood);
        Assert.False((await Promtool.TestRules(unreadable)).IsFailedTest);
    }
}
