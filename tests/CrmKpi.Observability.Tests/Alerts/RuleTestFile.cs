namespace CrmKpi.Observability.Tests.Alerts;

/// <summary>What one case of a test of rules expects of all alerts of one name.</summary>
internal sealed record Expectation(string Alert, IReadOnlyList<string> Severities);

/// <summary>A file of tests of rules: <c>Rules/*.yaml</c>.</summary>
internal sealed record RuleTestFile(
    string Name, string Text, IReadOnlyList<string> RuleFiles, IReadOnlyList<Expectation> Expectations)
{
    public static IReadOnlyList<RuleTestFile> All =>
        [.. Repository.RuleTests.Select(path => Parse(Path.GetFileName(path), File.ReadAllText(path)))];

    public static RuleTestFile Parse(string name, string text)
    {
        var root = YamlExtensions.Document(text).RootNode;
        return new RuleTestFile(
            name, text, [.. root.Each("rule_files").Select(f => Path.GetFileName(f.ToString()))],
            [.. from test in root.Each("tests")
                from check in test.Each("alert_rule_test")
                select new Expectation(
                    check.Text("alertname")!,
                    [.. check.Each("exp_alerts").Select(e => e.Map("exp_labels").GetValueOrDefault("severity", ""))])]);
    }

    /// <summary>Alerts without a case in which they fire, or without one in which they do not.</summary>
    public static IEnumerable<string> Untested(IEnumerable<AlertRule> alerts, IReadOnlyList<RuleTestFile> files)
    {
        foreach (var alert in alerts)
        {
            var cases = files.SelectMany(f => f.Expectations).Where(e => e.Alert == alert.Name).ToList();
            if (!cases.Any(c => c.Severities.Contains(alert.Severity)))
                yield return $"{alert.Id}: no test in which it fires";
            if (cases.All(c => c.Severities.Count > 0))
                yield return $"{alert.Id}: no test in which nothing of its name fires";
        }
    }
}
