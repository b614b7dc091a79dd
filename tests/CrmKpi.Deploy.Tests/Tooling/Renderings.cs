using System.Text.Json.Nodes;

namespace CrmKpi.Deploy.Tests;

/// <summary>Objects that would be given to a cluster.</summary>
/// <param name="Name">The set-up of the chart, or the overlay.</param>
internal sealed record Rendering(string Name, IReadOnlyList<JsonObject> Objects)
{
    /// <summary>The objects of a kind.</summary>
    public IEnumerable<JsonObject> OfKind(string kind) => Objects.Where(o => o.Text("kind") == kind);

    /// <summary>The object of that kind and name.</summary>
    public JsonObject Get(string kind, string name) => OfKind(kind).Single(o => o.Text("metadata.name") == name);

    /// <summary>Copies that a test may change.</summary>
    public Rendering Copy() => this with { Objects = [.. Objects.Select(o => o.DeepClone().AsObject())] };
}

/// <summary>Everything that the repository renders, each once.</summary>
internal static class Renderings
{
    private const string Release = "crm-kpi";

    private static readonly Lazy<Task<IReadOnlyList<Rendering>>> Rendered = new(RenderAll);

    /// <summary>The chart with each file of values, and each overlay.</summary>
    public static Task<IReadOnlyList<Rendering>> All => Rendered.Value;

    /// <summary>One of them.</summary>
    public static async Task<Rendering> Named(string name) => (await All).Single(r => r.Name == name);

    /// <summary>The chart with values of a text.</summary>
    public static async Task<Rendering> Chart(string values, string? chart = null)
    {
        var run = await Tools.Helm(values, "template", Release, chart ?? Repository.Chart, "-f", "-");
        return new Rendering("chart", Yaml.Objects(run.Succeeded()));
    }

    private static async Task<IReadOnlyList<Rendering>> RenderAll()
    {
        var all = new List<Rendering>();
        foreach (var file in Repository.SetUps)
            all.Add(await Chart(await File.ReadAllTextAsync(file)) with
            {
                Name = $"chart {Path.GetFileName(file).Replace("-values.yaml", "")}",
            });
        foreach (var overlay in Repository.Overlays)
        {
            var run = await Tools.Kubectl("kustomize", overlay);
            all.Add(new Rendering($"overlay {Path.GetFileName(overlay)}", Yaml.Objects(run.Succeeded())));
        }
        return all;
    }
}

/// <summary>Short ways into an object.</summary>
internal static class JsonPaths
{
    /// <summary>What stands at a path of names and indices, <c>spec.ports.0</c>; null when there is nothing.</summary>
    public static JsonNode? At(this JsonNode? node, string path)
    {
        foreach (var part in path.Split('.'))
            node = node switch
            {
                JsonObject map => map[part],
                JsonArray list => int.TryParse(part, out var index) && index < list.Count ? list[index] : null,
                _ => null,
            };
        return node;
    }

    /// <summary>The scalar at a path, as text.</summary>
    public static string? Text(this JsonNode? node, string path) => node.At(path)?.ToString();

    /// <summary>The number at a path.</summary>
    public static long? Number(this JsonNode? node, string path) => node.At(path)?.GetValue<long>();

    /// <summary>The objects of the list at a path.</summary>
    public static IEnumerable<JsonObject> Each(this JsonNode? node, string path) =>
        (node.At(path) as JsonArray)?.OfType<JsonObject>() ?? [];

    /// <summary>The strings of the object at a path.</summary>
    public static IReadOnlyDictionary<string, string> Strings(this JsonNode? node, string path) =>
        (node.At(path) as JsonObject)?.ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? "") ?? [];

    /// <summary>Kind and name.</summary>
    public static string Id(this JsonNode? node) => $"{node.Text("kind")} {node.Text("metadata.name")}";
}
