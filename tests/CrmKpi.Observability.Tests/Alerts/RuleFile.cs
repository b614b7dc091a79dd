using YamlDotNet.RepresentationModel;

namespace CrmKpi.Observability.Tests.Alerts;

/// <summary>One alert. Alerts of one name differ by severity.</summary>
internal sealed record AlertRule(
    string Name, string Expression, string? For, IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations)
{
    public string Severity => Labels.GetValueOrDefault("severity", "");

    /// <summary>Name and severity.</summary>
    public string Id => $"{Name}/{Severity}";
}

/// <summary>A file of rules of Prometheus.</summary>
internal sealed class RuleFile
{
    private readonly List<YamlNode> _rules;

    private RuleFile(string name, string text)
    {
        Name = name;
        Text = text;
        _rules = [.. RulesOf(YamlExtensions.Document(text))];
        Alerts = [.. _rules.Where(r => r.Text("alert") is not null).Select(Alert)];
    }

    public static IReadOnlyList<RuleFile> All =>
        [.. Repository.Alerts.Select(path => Parse(Path.GetFileName(path), File.ReadAllText(path)))];

    public string Name { get; }

    public string Text { get; }

    public IReadOnlyList<AlertRule> Alerts { get; }

    /// <summary>Names of series that rules make.</summary>
    public IEnumerable<string> Recorded => _rules.Select(r => r.Text("record")).OfType<string>();

    public IEnumerable<string> Expressions => _rules.Select(r => r.Text("expr")!);

    public static RuleFile Parse(string name, string text) => new(name, text);

    /// <summary>The rules of a document, to read or to change.</summary>
    public static IEnumerable<YamlNode> RulesOf(YamlDocument document) =>
        document.RootNode.Each("groups").SelectMany(g => g.Each("rules"));

    /// <summary>The alert that a rule is.</summary>
    public static AlertRule Alert(YamlNode rule) => new(
        rule.Text("alert")!, rule.Text("expr") ?? "", rule.Text("for"), rule.Map("labels"), rule.Map("annotations"));
}
