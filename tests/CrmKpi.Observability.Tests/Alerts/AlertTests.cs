using CrmKpi.Observability.Tests.Runbooks;

namespace CrmKpi.Observability.Tests.Alerts;

public sealed class AlertTests
{
    private static readonly AlertRule Good = new(
        "A", "up == 0", "5m", new Dictionary<string, string> { ["severity"] = "warning" },
        new Dictionary<string, string>
        {
            ["summary"] = "s",
            ["description"] = "d",
            ["runbook_url"] = "{{ $externalLabels.runbook_base }}docs/runbooks/A.md",
        });

    [Fact]
    public async Task Promtool_accepts_every_file()
    {
        var verdict = await Promtool.CheckRules(Repository.Alerts);

        Assert.True(verdict.IsGood, verdict.Text);
        Assert.Equal(Repository.Alerts.Count, verdict.Text.Split("SUCCESS").Length - 1);
        Assert.DoesNotContain("duplicate", verdict.Text);
    }

    [Fact]
    public void Every_alert_keeps_the_policy() =>
        Assert.Empty(AlertPolicy.Broken([.. RuleFile.All.SelectMany(f => f.Alerts)], Runbook.All.Keys.ToList()));

    [Fact]
    public void A_good_alert_is_not_complained_of() => Assert.Empty(AlertPolicy.Broken([Good], ["A"]));

    [Theory]
    [InlineData("severity", "page", "A/page: severity is critical or warning")]
    [InlineData("summary", "", "A/warning: has no summary of a line")]
    [InlineData("description", "", "A/warning: has no description")]
    [InlineData("runbook_url", "docs/runbooks/B.md", "A/warning: runbook_url is not its runbook")]
    [InlineData("tenant", "acme", "A/warning: metrics know no tenants")]
    public void A_bad_alert_is_found(string key, string value, string broken)
    {
        var isLabel = key is "severity" or "tenant";
        var bad = isLabel
            ? Good with { Labels = With(Good.Labels, key, value) }
            : Good with { Annotations = With(Good.Annotations, key, value) };

        Assert.Equal([broken], AlertPolicy.Broken([bad], ["A"]));
    }

    [Fact]
    public void What_is_missing_or_double_is_found()
    {
        Assert.Equal(
            ["A/warning: has no time that it must last"], AlertPolicy.Broken([Good with { For = null }], ["A"]));
        Assert.Equal(
            ["A/warning: metrics know no tenants"],
            AlertPolicy.Broken([Good with { Expression = "up{tenant=\"acme\"}" }], ["A"]));
        Assert.Equal(["A/warning: there is no runbook A.md"], AlertPolicy.Broken([Good], []));
        Assert.Equal(["A/warning: is there 2 times"], AlertPolicy.Broken([Good, Good], ["A"]));
        Assert.Equal(["B.md: there is no such alert"], AlertPolicy.Broken([Good], ["A", "B"]));
    }

    private static Dictionary<string, string> With(IReadOnlyDictionary<string, string> map, string key, string value) =>
        new(map) { [key] = value };
}
