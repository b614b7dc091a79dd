using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace CrmKpi.Observability.Tests.Alerts;

/// <summary>
/// Puts mutants in the place of a file's alerts, and in that of each expectation of an alert the same for its mutants.
/// So promtool runs once a file and not once a mutant.
/// </summary>
internal static class MutantRun
{
    /// <summary>The mutants of which no expectation failed.</summary>
    public static async Task<IReadOnlyList<Mutant>> Survivors(
        RuleFile file, RuleTestFile tests, IReadOnlyList<Mutant> mutants)
    {
        using var folder = new TemporaryFolder();
        folder.Write("rules.yaml", Rules(file, mutants).ToJsonString());
        var verdict = await Promtool.TestRules(folder.Write("tests.yaml", Tests(tests, mutants).ToJsonString()));
        Assert.True(verdict.IsGood || verdict.IsFailedTest, verdict.Text);
        return [.. mutants.Where(m => !verdict.Text.Contains($"alertname: {m.Name},", StringComparison.Ordinal))];
    }

    private static JsonObject Rules(RuleFile file, IReadOnlyList<Mutant> mutants)
    {
        var records = RuleFile.RulesOf(YamlExtensions.Document(file.Text))
            .Where(r => r.Text("record") is not null).Select(Json);
        var alerts = mutants.Select(m => new JsonObject
        {
            ["alert"] = m.Name,
            ["expr"] = m.Alert.Expression,
            ["for"] = m.Alert.For,
            ["labels"] = Map(m.Alert.Labels),
            ["annotations"] = Map(m.Alert.Annotations),
        });
        var group = new JsonObject { ["name"] = "mutants", ["rules"] = new JsonArray([.. records, .. alerts]) };
        return new JsonObject { ["groups"] = new JsonArray(group) };
    }

    private static JsonNode Tests(RuleTestFile tests, IReadOnlyList<Mutant> mutants)
    {
        var root = Json(YamlExtensions.Document(tests.Text).RootNode)!.AsObject();
        root["rule_files"] = new JsonArray("rules.yaml");
        foreach (var test in root["tests"]!.AsArray())
            test!["alert_rule_test"] = new JsonArray(
                [.. from check in test["alert_rule_test"]!.AsArray()
                    from mutant in mutants
                    where mutant.Alert.Name == check["alertname"]!.ToString()
                    select Check(check, mutant)]);
        return root;
    }

    // A mutant stands alone, so nothing is expected of the alert of the same name and another severity.
    private static JsonNode Check(JsonNode check, Mutant mutant)
    {
        var copy = check.DeepClone();
        copy["alertname"] = mutant.Name;
        foreach (var other in copy["exp_alerts"]!.AsArray()
            .Where(e => e!["exp_labels"]!["severity"]!.ToString() != mutant.Alert.Severity).ToList())
            copy["exp_alerts"]!.AsArray().Remove(other);
        return copy;
    }

    private static JsonObject Map(IReadOnlyDictionary<string, string> map) =>
        new(map.Select(p => KeyValuePair.Create<string, JsonNode?>(p.Key, p.Value)));

    // What promtool reads has texts only.
    private static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(
            map.Children.Select(p => KeyValuePair.Create(((YamlScalarNode)p.Key).Value!, Json(p.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Json)]),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new InvalidDataException($"{node.NodeType} at {node.Start}"),
    };
}
