namespace CrmKpi.Observability.Tests.Alerts;

public sealed class RuleTestFileTests
{
    private const string Fires = "{ alertname: A, eval_time: 1m, exp_alerts: [{ exp_labels: { severity: warning } }] }";
    private const string Quiet = "{ alertname: A, eval_time: 1m, exp_alerts: [] }";

    public static TheoryData<string> Files => [.. Repository.RuleTests.Select(f => Path.GetFileName(f))];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Promtool_sees_every_expectation_met(string file)
    {
        var verdict = await Promtool.TestRules(Repository.RuleTests.Single(f => Path.GetFileName(f) == file));

        Assert.True(verdict.IsGood, verdict.Text);
    }

    [Fact]
    public void Every_alert_has_a_test_in_which_it_fires_and_one_in_which_it_is_quiet() =>
        Assert.Empty(RuleTestFile.Untested(RuleFile.All.SelectMany(f => f.Alerts), RuleTestFile.All));

    [Fact]
    public void Every_expectation_is_about_an_alert_of_the_files_that_are_tested()
    {
        var alerts = RuleFile.All.ToDictionary(f => f.Name, f => f.Alerts.Select(a => a.Name).ToHashSet());

        Assert.All(
            RuleTestFile.All,
            file => Assert.All(
                file.Expectations, e => Assert.Contains(e.Alert, file.RuleFiles.SelectMany(f => alerts[f]))));
    }

    [Theory]
    [InlineData(Fires, "A/warning: no test in which nothing of its name fires")]
    [InlineData(Quiet, "A/warning: no test in which it fires")]
    [InlineData(Fires + ", " + Quiet, null)]
    public void An_alert_that_is_half_tested_is_found(string cases, string? untested)
    {
        var alert = new AlertRule(
            "A", "up", "5m", new Dictionary<string, string> { ["severity"] = "warning" },
            new Dictionary<string, string>());
        var file = RuleTestFile.Parse(
            "a.yaml", $"{{ rule_files: [a.yaml], tests: [{{ alert_rule_test: [{cases}] }}] }}");

        Assert.Equal(untested is null ? [] : [untested], RuleTestFile.Untested([alert], [file]));
    }
}
