using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CrmKpi.Services.Tests.OpenApi;

/// <summary>
/// Checks values against the schemas of the API's description: the part of JSON Schema 2020-12 that they use; any other keyword is
/// an error of its own. Stricter than the standard in one point: a member that no schema of its object names is a fault, unless
/// <c>additionalProperties</c> lets it in, so that nothing is answered that is not described.
/// </summary>
internal sealed class JsonSchema(JsonObject document)
{
    private static readonly HashSet<string> Known =
    [
        "$ref", "type", "enum", "const", "allOf", "anyOf", "oneOf", "properties", "required", "additionalProperties", "items",
        "minItems", "maxItems", "minimum", "maximum", "minLength", "maxLength", "pattern", "format", "description", "default",
        "example", "examples", "title",
    ];

    /// <summary>What is wrong with a value, each with its place; empty = nothing.</summary>
    public IReadOnlyList<string> Faults(JsonNode? schema, JsonElement value)
    {
        var faults = new List<string>();
        Check(Object(schema), value, "", faults, isWhole: true);
        return faults;
    }

    /// <summary>A node, or what it refers to.</summary>
    public JsonObject Resolve(JsonObject node)
    {
        while (node["$ref"]?.GetValue<string>() is { } reference)
        {
            JsonNode? target = document;
            foreach (var part in reference.TrimStart('#', '/').Split('/'))
                target = target?[part.Replace("~1", "/").Replace("~0", "~")];
            node = target as JsonObject ?? throw new InvalidDataException($"'{reference}' leads nowhere.");
        }
        return node;
    }

    private JsonObject Object(JsonNode? schema) =>
        Resolve(schema as JsonObject ?? throw new InvalidDataException($"No schema: {schema}"));

    private void Check(JsonObject schema, JsonElement value, string at, List<string> faults, bool isWhole)
    {
        if (schema.Select(k => k.Key).FirstOrDefault(k => !Known.Contains(k)) is { } unknown)
            throw new InvalidDataException($"The keyword '{unknown}' is not checked here.");
        CheckKind(schema, value, at, faults);
        CheckCombined(schema, value, at, faults);
        if (value.ValueKind == JsonValueKind.Object)
            CheckMembers(schema, value, at, faults, isWhole);
        if (value.ValueKind == JsonValueKind.Array)
            CheckItems(schema, value, at, faults);
        if (value.ValueKind == JsonValueKind.String)
            CheckText(schema, value.GetString()!, at, faults);
        if (value.ValueKind == JsonValueKind.Number)
            CheckNumber(schema, value.GetDecimal(), at, faults);
    }

    private static void CheckKind(JsonObject schema, JsonElement value, string at, List<string> faults)
    {
        if (schema.TryGetPropertyValue("type", out var type))
        {
            var types = type is JsonArray list ? list.Select(t => t!.GetValue<string>()).ToArray() : [type!.GetValue<string>()];
            if (!types.Any(t => Is(t, value)))
                faults.Add($"{at}: {value.ValueKind} is not {string.Join(" or ", types)}");
        }
        var node = JsonNode.Parse(value.GetRawText());
        if (schema["enum"] is JsonArray allowed && !allowed.Any(a => JsonNode.DeepEquals(a, node)))
            faults.Add($"{at}: {value.GetRawText()} is not among {allowed.ToJsonString()}");
        if (schema.TryGetPropertyValue("const", out var only) && !JsonNode.DeepEquals(only, node))
            faults.Add($"{at}: {value.GetRawText()} is not {only?.ToJsonString()}");
    }

    private static bool Is(string type, JsonElement value) => type switch
    {
        "null" => value.ValueKind == JsonValueKind.Null,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "string" => value.ValueKind == JsonValueKind.String,
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var n) && n == decimal.Truncate(n),
        _ => throw new InvalidDataException($"There is no type '{type}'."),
    };

    private void CheckCombined(JsonObject schema, JsonElement value, string at, List<string> faults)
    {
        foreach (var part in schema["allOf"] as JsonArray ?? [])
            Check(Object(part), value, at, faults, isWhole: false);
        foreach (var (name, max) in new[] { ("anyOf", int.MaxValue), ("oneOf", 1) })
            if (schema[name] is JsonArray choices)
            {
                var fitting = choices.Count(c => Faults(c, value).Count == 0);
                if (fitting == 0 || fitting > max)
                    faults.Add($"{at}: fits {fitting} of {name}: {string.Join("; ", choices.SelectMany(c => Faults(c, value)))}");
            }
    }

    private void CheckMembers(JsonObject schema, JsonElement value, string at, List<string> faults, bool isWhole)
    {
        foreach (var name in schema["required"] as JsonArray ?? [])
            if (!value.TryGetProperty(name!.GetValue<string>(), out _))
                faults.Add($"{at}/{name}: is missing");
        var properties = schema["properties"] as JsonObject ?? [];
        foreach (var member in value.EnumerateObject())
        {
            if (properties[member.Name] is { } property)
                Check(Object(property), member.Value, $"{at}/{member.Name}", faults, isWhole: true);
            else if (schema["additionalProperties"] is JsonObject others)
                Check(Object(others), member.Value, $"{at}/{member.Name}", faults, isWhole: true);
        }
        if (!isWhole || IsOpen(schema))
            return;
        var named = Named(schema).ToHashSet();
        faults.AddRange(value.EnumerateObject().Where(m => !named.Contains(m.Name)).Select(m => $"{at}/{m.Name}: is not described"));
    }

    private bool IsOpen(JsonObject schema) =>
        schema["additionalProperties"] is JsonObject or JsonValue and not null && schema["additionalProperties"]!.ToJsonString() != "false"
        || Combined(schema).Any(IsOpen);

    private IEnumerable<string> Named(JsonObject schema) =>
        (schema["properties"] as JsonObject ?? []).Select(p => p.Key).Concat(Combined(schema).SelectMany(Named));

    private IEnumerable<JsonObject> Combined(JsonObject schema) =>
        new[] { "allOf", "anyOf", "oneOf" }.SelectMany(n => schema[n] as JsonArray ?? []).Select(Object);

    private void CheckItems(JsonObject schema, JsonElement value, string at, List<string> faults)
    {
        if (schema["minItems"]?.GetValue<int>() > value.GetArrayLength() || schema["maxItems"]?.GetValue<int>() < value.GetArrayLength())
            faults.Add($"{at}: has {value.GetArrayLength()} items");
        if (schema["items"] is not { } items)
            return;
        foreach (var (i, item) in value.EnumerateArray().Index())
            Check(Object(items), item, $"{at}/{i}", faults, isWhole: true);
    }

    private static void CheckText(JsonObject schema, string text, string at, List<string> faults)
    {
        if (schema["pattern"]?.GetValue<string>() is { } pattern && !Regex.IsMatch(text, pattern))
            faults.Add($"{at}: '{text}' does not match {pattern}");
        if (schema["minLength"]?.GetValue<int>() > text.Length || schema["maxLength"]?.GetValue<int>() < text.Length)
            faults.Add($"{at}: has {text.Length} characters");
        var isWellFormed = schema["format"]?.GetValue<string>() switch
        {
            null => true,
            "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
            "date-time" => text.Length >= 20 && text[10] == 'T'
                && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
            "uuid" => Guid.TryParseExact(text, "D", out _),
            "uri-reference" => Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out _),
            var format => throw new InvalidDataException($"The format '{format}' is not checked here."),
        };
        if (!isWellFormed)
            faults.Add($"{at}: '{text}' is no {schema["format"]}");
    }

    private static void CheckNumber(JsonObject schema, decimal number, string at, List<string> faults)
    {
        if (schema["minimum"]?.GetValue<decimal>() > number || schema["maximum"]?.GetValue<decimal>() < number)
            faults.Add($"{at}: {number} is out of range");
        if (schema["format"]?.GetValue<string>() is { } format and not "int64")
            throw new InvalidDataException($"The format '{format}' is not checked here.");
    }
}
