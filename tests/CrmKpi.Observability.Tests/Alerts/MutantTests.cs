namespace CrmKpi.Observability.Tests.Alerts;

/// <summary>The tests of the rules notice when a rule is wrong.</summary>
public sealed class MutantTests
{
    public static TheoryData<string> Files => [.. RuleTestFile.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_wrong_rule_fails_its_tests(string name)
    {
        var (rules, tests) = Of(name);
        var mutants = rules.Alerts.SelectMany(Mutant.Of).ToList();

        Assert.True(mutants.Count >= 4 * rules.Alerts.Count);
        Assert.Empty((await MutantRun.Survivors(rules, tests, mutants)).Select(m => $"{m.Alert.Id}: {m.Change}"));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_rule_that_only_has_another_name_fails_none(string name)
    {
        var (rules, tests) = Of(name);
        var same = rules.Alerts.Select((a, i) => new Mutant($"Same{i}", "nothing", a)).ToList();

        Assert.Equal(same, await MutantRun.Survivors(rules, tests, same));
    }

    [Fact]
    public void Thresholds_and_conditions_are_changed_one_by_one() => Assert.Equal(
        [
            ("never", "vector(1) > 2"),
            ("always", "vector(1)"),
            ("3 → 2", "a > 2\nand b > 2\nor c < 0"),
            ("3 → 4.5", "a > 4.5\nand b > 4.5\nor c < 0"),
            ("without a > 3", "b > 3\nor c < 0"),
            ("without and b > 3", "a > 3\nor c < 0"),
            ("without or c < 0", "a > 3\nand b > 3\n"),
        ],
        Mutant.Expressions("a > 3\nand b > 3\nor c < 0"));

    private static (RuleFile Rules, RuleTestFile Tests) Of(string name)
    {
        var tests = RuleTestFile.All.Single(t => t.Name == name);
        return (RuleFile.All.Single(f => f.Name == tests.RuleFiles.Single()), tests);
    }
}
