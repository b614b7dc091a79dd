using YamlDotNet.RepresentationModel;

namespace CrmKpi.Observability.Tests;

/// <summary>Reading YAML by key.</summary>
internal static class YamlExtensions
{
    /// <summary>The one document of a text.</summary>
    public static YamlDocument Document(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Single();
    }

    /// <summary>The value of a key; null when there is none.</summary>
    public static YamlNode? At(this YamlNode node, string key) =>
        node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;

    /// <summary>The text of a key; null when there is none.</summary>
    public static string? Text(this YamlNode node, string key) => (node.At(key) as YamlScalarNode)?.Value;

    /// <summary>The items of a key's list; none when there is no list.</summary>
    public static IEnumerable<YamlNode> Each(this YamlNode node, string key) => node.At(key) as YamlSequenceNode ?? [];

    /// <summary>The keys and texts of a key's map; none when there is no map.</summary>
    public static IReadOnlyDictionary<string, string> Map(this YamlNode node, string key) =>
        (node.At(key) as YamlMappingNode)?.Children
            .ToDictionary(p => ((YamlScalarNode)p.Key).Value!, p => ((YamlScalarNode)p.Value).Value!)
        ?? [];
}
