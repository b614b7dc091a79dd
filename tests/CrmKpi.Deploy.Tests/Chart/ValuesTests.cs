using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CrmKpi.Deploy.Tests.Chart;

/// <summary>Values, their schema and their table in the chart's README say the same.</summary>
public sealed class ValuesTests
{
    private const string Begin = "<!-- The table is written by a test: CRMKPI_UPDATE_DOCS=1 -->\n";

    private static readonly JsonObject Schema =
        JsonNode.Parse(Repository.Read("charts", "crm-kpi", "values.schema.json"))!.AsObject();

    private static readonly JsonObject Values = Yaml.Object(Repository.Read("charts", "crm-kpi", "values.yaml"));

    [Fact]
    public void The_schema_is_closed_everywhere()
    {
        var open = new List<string>();
        void Look(JsonNode? node, string path)
        {
            if (node is JsonObject map)
            {
                if (map.Text("type") == "object" && map.Text("additionalProperties") != "false")
                    open.Add(path);
                foreach (var (key, value) in map)
                    Look(value, $"{path}/{key}");
            }
        }
        Look(Schema, "");

        Assert.Empty(open);
    }

    [Fact]
    public void Each_value_stands_in_the_schema_and_each_property_of_it_in_the_values()
    {
        void Compare(JsonNode? schema, JsonNode? value, string path)
        {
            if (Properties(schema) is not { } properties || value is not JsonObject map)
                return;
            // What need not be there has no default.
            var expected = properties.Select(p => p.Key).Where(key => key is not ("global" or "ephemeral-storage"));
            Assert.Equal(expected.Order(), map.Select(p => p.Key).Order());
            foreach (var (key, property) in properties)
                Compare(property, map[key], $"{path}{key}.");
        }

        Compare(Schema, Values, "");
    }

    [Fact]
    public void The_README_has_each_value_with_its_default_and_meaning()
    {
        var table = new StringBuilder("| Value | Default | |\n|---|---|---|\n");
        foreach (var (name, value, description) in Documented(Schema, Values, ""))
            table.Append($"| `{name}` | `{Show(value)}` | {description.Replace("|", "\\|")} |\n");

        var path = Repository.PathOf("charts", "crm-kpi", "README.md");
        var text = File.ReadAllText(path);
        var before = text[..(text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)];
        var expected = $"{before}\n{table}";
        if (Environment.GetEnvironmentVariable("CRMKPI_UPDATE_DOCS") == "1")
            File.WriteAllText(path, expected);
        Assert.Equal(expected, File.ReadAllText(path));
    }

    // A value with a description is one row; what has none is taken apart.
    private static IEnumerable<(string Name, JsonNode? Value, string Description)> Documented(
        JsonNode? schema, JsonNode? value, string path)
    {
        var properties = Properties(schema) ?? throw new InvalidOperationException($"{path} has no description.");
        foreach (var (key, property) in properties)
        {
            if (path + key == "global")
                continue;
            if (property.Text("description") is { } description)
                yield return (path + key, value.At(key), description);
            else
                foreach (var inside in Documented(property, value.At(key), $"{path}{key}."))
                    yield return inside;
        }
    }

    private static JsonObject? Properties(JsonNode? schema)
    {
        if (schema.Text("$ref") is { } reference)
            schema = Schema.At(reference[2..].Replace('/', '.'));
        return schema?["properties"] as JsonObject;
    }

    private static string Show(JsonNode? value) => value switch
    {
        null => throw new InvalidOperationException("A value has no default."),
        JsonObject { Count: 0 } => "{}",
        JsonObject map => $"{{ {string.Join(", ", map.Select(p => $"{p.Key}: {Show(p.Value)}"))} }}",
        _ => value.ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }),
    };
}
