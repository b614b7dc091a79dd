using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace CrmKpi.Cli.OwnKpis;

/// <summary>
/// Definitions of KPIs in a file: <c>kpis:</c> with ids and what the API takes, as YAML or JSON (which is YAML too).
/// </summary>
internal static class DefinitionFile
{
    private const long BytesMax = 1024 * 1024;
    private const string Root = "kpis";

    /// <summary>The definitions by id, in the order of the file.</summary>
    /// <exception cref="CliException">The file is not of that form.</exception>
    public static IReadOnlyList<(string Id, JsonObject Definition)> Read(FileInfo file)
    {
        if (!file.Exists)
            throw new CliException($"The file \"{file}\" does not exist.");
        if (file.Length > BytesMax)
            throw new CliException($"The file \"{file}\" has more than {BytesMax} bytes.");
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(File.ReadAllText(file.FullName)));
        }
        catch (YamlException e)
        {
            throw new CliException($"{file}, line {e.Start.Line}: this is neither YAML nor JSON: {e.InnerException?.Message ?? e.Message}");
        }
        if (yaml.Documents is not [{ RootNode: YamlMappingNode { Children: [var only] } }]
            || only is not { Key: YamlScalarNode { Value: Root }, Value: YamlMappingNode kpis })
            throw new CliException($"{file}: one document with '{Root}:' and below it the KPIs by id is expected.");
        return
        [
            .. kpis.Children.Select(kpi => (
                ((YamlScalarNode)kpi.Key).Value!,
                kpi.Value is YamlMappingNode definition
                    ? (JsonObject)Json(definition)!
                    : throw new CliException(
                        $"{file}, line {kpi.Value.Start.Line}: '{kpi.Key}' must be a map of keys and values."))),
        ];
    }

    // A plain number is a number, a plain true, false or null what it says; what is quoted is a text.
    private static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(c =>
            KeyValuePair.Create(((YamlScalarNode)c.Key).Value ?? "", Json(c.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Json)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "~" or "null" or null } => null,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } flag =>
            JsonValue.Create(flag.Value == "true"),
        YamlScalarNode { Style: ScalarStyle.Plain } plain when decimal.TryParse(
            plain.Value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
            out var number) =>
            JsonValue.Create(number),
        YamlScalarNode text => JsonValue.Create(text.Value),
        _ => null,
    };
}
