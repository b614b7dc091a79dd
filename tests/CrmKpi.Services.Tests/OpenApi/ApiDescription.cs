using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrmKpi.Gateway.OpenApi;

namespace CrmKpi.Services.Tests.OpenApi;

/// <summary>A parameter of an operation.</summary>
internal sealed record ApiParameter(string Name, string In, bool IsRequired, JsonObject Node, JsonObject Schema)
{
    /// <summary>What the description gives as examples, as they stand in a request.</summary>
    public IReadOnlyList<string> Examples => Node["examples"] is JsonObject named
        ? [.. named.Select(e => Text(e.Value!["value"]!))]
        : Node["example"] is { } one ? [Text(one)] : [];

    /// <summary>The parameters that this one needs beside it.</summary>
    public IEnumerable<(string Name, string Value)> With =>
        (Node["x-with"] as JsonObject ?? []).Select(w => (w.Key, Text(w.Value!)));

    /// <summary>All values that it may have, when they are few.</summary>
    public IReadOnlyList<string>? Values => (Schema["enum"] as JsonArray)?.Select(v => Text(v!)).ToArray();

    private static string Text(JsonNode value) => value switch
    {
        JsonArray list => string.Join(',', list.Select(i => Text(i!))),
        JsonValue text when text.TryGetValue<string>(out var plain) => plain,
        _ => value.ToJsonString(),
    };
}

/// <summary>A body that the description gives as an example.</summary>
internal sealed record ApiBody(string MediaType, string Text, JsonNode Value, JsonNode Schema);

/// <summary>An operation of the API as it is described.</summary>
internal sealed record ApiOperation(string Method, string Path, JsonObject Node, IReadOnlyList<ApiParameter> Parameters)
{
    public string Route => $"{Method} {Path}";
    public string Id => Node["operationId"]!.GetValue<string>();
    public string Scope => Node["x-scope"]!.GetValue<string>();
    public JsonObject Responses => (JsonObject)Node["responses"]!;

    public IEnumerable<ApiParameter> Query => Parameters.Where(p => p.In == "query");
}

/// <summary>The description of the API, taken apart for tests.</summary>
internal sealed class ApiDescription
{
    public static readonly ApiDescription Instance = new();

    private ApiDescription()
    {
        Root = (JsonObject)JsonNode.Parse(OpenApiDocument.Instance.Content.Content)!;
        Schemas = new JsonSchema(Root);
        Operations = [.. ((JsonObject)Root["paths"]!).SelectMany(p => OperationsOf(p.Key, (JsonObject)p.Value!))];
    }

    public JsonObject Root { get; }
    public JsonSchema Schemas { get; }
    public IReadOnlyList<ApiOperation> Operations { get; }

    /// <summary>The bodies of an operation's examples.</summary>
    public IEnumerable<ApiBody> Bodies(ApiOperation operation)
    {
        if (operation.Node["requestBody"] is not JsonObject node)
            yield break;
        foreach (var (type, content) in (JsonObject)Schemas.Resolve(node)["content"]!)
            foreach (var value in Examples((JsonObject)content!))
                yield return new ApiBody(
                    type, value is JsonValue text && text.TryGetValue<string>(out var plain) ? plain : value.ToJsonString(), value,
                    content!["schema"]!);
    }

    /// <summary>The examples of a media type.</summary>
    public IEnumerable<JsonNode> Examples(JsonObject content)
    {
        if (content["example"] is { } one)
            yield return one;
        foreach (var (_, named) in content["examples"] as JsonObject ?? [])
            yield return Schemas.Resolve((JsonObject)named!)["value"]!;
    }

    /// <summary>What is wrong with an answer.</summary>
    public IReadOnlyList<string> Faults(ApiOperation operation, int status, string? mediaType, string body)
    {
        if (operation.Responses[status.ToString(CultureInfo.InvariantCulture)] is not JsonObject node)
            return [$"status {status} is not described: {body}"];
        var response = Schemas.Resolve(node);
        if (response["content"] is not JsonObject content)
            return body.Length == 0 ? [] : [$"status {status} has a body: {body}"];
        if (mediaType is null || content[mediaType] is not JsonObject described)
            return [$"status {status} in {mediaType} is not described: {body}"];
        return mediaType.EndsWith("json", StringComparison.Ordinal)
            ? Schemas.Faults(described["schema"], JsonDocument.Parse(body).RootElement)
            : [];
    }

    private IEnumerable<ApiOperation> OperationsOf(string path, JsonObject item)
    {
        var shared = item["parameters"] as JsonArray ?? [];
        foreach (var method in OpenApiShorthands.Methods)
            if (item[method] is JsonObject operation)
                yield return new ApiOperation(
                    method.ToUpperInvariant(), path, operation,
                    [.. shared.Concat(operation["parameters"] as JsonArray ?? []).Select(p => Parameter((JsonObject)p!))]);
    }

    private ApiParameter Parameter(JsonObject node)
    {
        var resolved = Schemas.Resolve(node);
        return new ApiParameter(
            resolved["name"]!.GetValue<string>(), resolved["in"]!.GetValue<string>(),
            resolved["required"]?.GetValue<bool>() == true, resolved, (JsonObject)resolved["schema"]!);
    }
}
