using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace CrmKpi.Connectors.Csv.Mapping;

/// <summary>
/// A YAML mapping that is read key by key: each problem is noted with its line, and what was not asked for is an error.
/// </summary>
internal sealed class YamlMap(YamlMappingNode node, string what, List<MappingProblem> problems)
{
    private readonly HashSet<string> _known = [];

    public long Line => node.Start.Line;

    public List<MappingProblem> Problems => problems;

    /// <summary>The keys and values, in order, for maps whose keys are names of the user.</summary>
    public IEnumerable<(string Key, YamlNode Value)> Entries =>
        node.Children.Select(c => (((YamlScalarNode)c.Key).Value ?? "", c.Value));

    public bool Has(string key) => node.Children.ContainsKey(new YamlScalarNode(key));

    public YamlNode? Node(string key)
    {
        _known.Add(key);
        return node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;
    }

    public string? Text(string key) => Node(key) switch
    {
        null => null,
        YamlScalarNode scalar => scalar.Value,
        var other => Fail<string>(other.Start.Line, $"\"{key}\" must be a text."),
    };

    public string? RequiredText(string key)
    {
        var text = Text(key);
        if (string.IsNullOrWhiteSpace(text))
            problems.Add(new MappingProblem(Line, $"{what} needs \"{key}\"."));
        return text;
    }

    public bool Flag(string key, bool fallback) => Text(key) switch
    {
        null => fallback,
        "true" => true,
        "false" => false,
        var other => Fail<bool>(LineOf(key), $"\"{key}\" must be true or false, not \"{other}\"."),
    };

    public int Number(string key, int max)
    {
        var text = Text(key);
        return text is null ? 0
            : int.TryParse(text, out var number) && number >= 0 && number <= max ? number
            : Fail<int>(LineOf(key), $"\"{key}\" must be a whole number from 0 to {max}, not \"{text}\".");
    }

    public T Choice<T>(string key, T fallback) where T : struct, Enum =>
        Text(key) is not { } text ? fallback
        : Enum.TryParse<T>(text, ignoreCase: true, out var value) && !char.IsAsciiDigit(text[0]) ? value
        : Fail<T>(LineOf(key), $"\"{key}\" must be one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}, "
            + $"not \"{text}\".");

    /// <summary>A list of texts; a single text is a list of one.</summary>
    public IReadOnlyList<string> Texts(string key) => Node(key) switch
    {
        null => [],
        YamlScalarNode scalar => [scalar.Value ?? ""],
        YamlSequenceNode list when list.Children.All(c => c is YamlScalarNode) =>
            [.. list.Children.Select(c => ((YamlScalarNode)c).Value ?? "")],
        var other => Fail<IReadOnlyList<string>>(other.Start.Line, $"\"{key}\" must be a text or a list of texts.") ?? [],
    };

    public YamlMap? Map(string key, string meaning) => Node(key) switch
    {
        null => null,
        YamlMappingNode map => new YamlMap(map, meaning, problems),
        var other => Fail<YamlMap>(other.Start.Line, $"\"{key}\" must be a map of keys and values."),
    };

    /// <summary>A list of maps; a single map is a list of one.</summary>
    public IEnumerable<YamlMap> Maps(string key, string meaning)
    {
        var list = Node(key) switch
        {
            null => [],
            YamlSequenceNode sequence => sequence.Children,
            var other => [other],
        };
        foreach (var item in list)
        {
            if (item is YamlMappingNode map)
                yield return new YamlMap(map, meaning, problems);
            else
                problems.Add(new MappingProblem(item.Start.Line, $"\"{key}\" must be a list of maps."));
        }
    }

    public long LineOf(string key) => node.Children.TryGetValue(new YamlScalarNode(key), out var value)
        ? value.Start.Line
        : Line;

    public void Problem(long line, string detail) => problems.Add(new MappingProblem(line, detail));

    /// <summary>Notes the keys that nobody asked for.</summary>
    public void Done()
    {
        foreach (var key in node.Children.Keys)
        {
            var name = (key as YamlScalarNode)?.Value ?? key.ToString();
            if (!_known.Contains(name))
                problems.Add(new MappingProblem(key.Start.Line,
                    $"{what} has no \"{name}\". Known here: {string.Join(", ", _known.Order(StringComparer.Ordinal))}."));
        }
    }

    private T? Fail<T>(long line, string detail)
    {
        problems.Add(new MappingProblem(line, detail));
        return default;
    }

    /// <summary>Parses a document that is one map; null (with its problem) otherwise.</summary>
    public static YamlMap? Load(string yaml, string what, List<MappingProblem> problems)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException e)
        {
            problems.Add(new MappingProblem(e.Start.Line, $"This is not YAML: {e.InnerException?.Message ?? e.Message}"));
            return null;
        }
        if (stream.Documents is [{ RootNode: YamlMappingNode root }])
            return new YamlMap(root, what, problems);
        problems.Add(new MappingProblem(0, $"{what} must be one YAML document with keys and values."));
        return null;
    }
}
