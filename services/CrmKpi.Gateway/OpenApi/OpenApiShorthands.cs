using System.Text.Json.Nodes;

namespace CrmKpi.Gateway.OpenApi;

/// <summary>
/// Writes out what the files leave unsaid: who may call, the error responses, conditional requests, and the headers that every
/// answer has.
/// </summary>
internal sealed class OpenApiShorthands(OpenApiProblems problems)
{
    /// <summary>The methods of operations; anything else of a path is shared by them.</summary>
    public static readonly string[] Methods = ["get", "put", "post", "delete", "patch", "head", "options"];

    private const string Scope = "x-scope";
    private const string Problems = "x-problems";
    private const string Conditional = "x-conditional";

    private static readonly string[] Everywhere = ["X-Request-Id", "RateLimit", "RateLimit-Policy"];
    private static readonly string[] AnswerHeaders = ["CrmKpi-Sequence", "CrmKpi-Lag", "CrmKpi-Next-Page"];

    /// <summary>Changes the document.</summary>
    public void WriteOut(JsonObject root)
    {
        var components = (JsonObject)root["components"]!;
        components["examples"] = problems.Examples();
        foreach (var (path, item) in (JsonObject)root["paths"]!)
            foreach (var method in Methods)
                if (item![method] is JsonObject operation)
                    WriteOut($"{method} {path}", path, operation);
        foreach (var (_, response) in (JsonObject)components["responses"]!)
            AddHeaders((JsonObject)response!, Everywhere);
    }

    private void WriteOut(string name, string path, JsonObject operation)
    {
        var scope = operation[Scope]?.GetValue<string>() ?? throw new InvalidDataException($"{name} has no {Scope}.");
        WriteAccess(operation, scope);
        if (operation[Conditional]?.GetValue<bool>() == true)
            WriteConditional(operation, ofTenant: path.Contains("{tenant}", StringComparison.Ordinal));
        WriteProblems(operation, scope, path);
        foreach (var (_, response) in (JsonObject)operation["responses"]!)
            if (response!["$ref"] is null)
                AddHeaders((JsonObject)response, Everywhere);
    }

    private static void WriteAccess(JsonObject operation, string scope)
    {
        var schemes = scope == "none" ? [] : (string[])["bearer", "basic", "apiKey"];
        operation["security"] = new JsonArray([.. schemes.Select(s => new JsonObject { [s] = new JsonArray() })]);
        if (scope is not ("none" or "any"))
            operation["description"] =
                $"Scope `{scope}`.{(operation["description"] is { } text ? "\n\n" + text.GetValue<string>() : "")}";
    }

    private static void WriteConditional(JsonObject operation, bool ofTenant)
    {
        ((JsonArray)(operation["parameters"] ??= new JsonArray())).Add((JsonNode)OpenApiProblems.Ref("parameters", "If-None-Match"));
        var responses = (JsonObject)operation["responses"]!;
        string[] headers = ofTenant ? ["ETag", .. AnswerHeaders] : ["ETag"];
        AddHeaders((JsonObject)responses["200"]!, headers);
        var unchanged = new JsonObject { ["description"] = "The answer that If-None-Match names still holds." };
        AddHeaders(unchanged, ofTenant ? ["ETag", .. AnswerHeaders[..2]] : ["ETag"]);
        responses["304"] = unchanged;
    }

    private void WriteProblems(JsonObject operation, string scope, string path)
    {
        var names = operation[Problems] is JsonArray named ? named.Select(n => n!.GetValue<string>()).ToList() : [];
        operation.Remove(Problems);
        operation.Remove(Conditional);
        names.Add("+every");
        if (scope != "none")
            names.Add("+passed");
        if (scope is not ("none" or "any"))
            names.Add("+scoped");
        if (path.Contains("{tenant}", StringComparison.Ordinal))
            names.Add("+tenant");
        var responses = (JsonObject)operation["responses"]!;
        foreach (var (status, response) in problems.Responses(problems.Codes(names)))
            responses[status] = response;
    }

    private static void AddHeaders(JsonObject response, params ReadOnlySpan<string> names)
    {
        var headers = (JsonObject)(response["headers"] ??= new JsonObject());
        foreach (var name in names)
            headers.TryAdd(name, OpenApiProblems.Ref("headers", name));
    }
}
