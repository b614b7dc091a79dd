using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace CrmKpi.Gateway.OpenApi;

/// <summary>The catalogue of problem codes, and the error responses that operations get from it.</summary>
internal sealed class OpenApiProblems(JsonObject file)
{
    private readonly JsonObject _groups = (JsonObject)file["groups"]!;
    private readonly JsonObject _problems = (JsonObject)file["problems"]!;

    /// <summary>The codes of a list that may name groups.</summary>
    public IEnumerable<string> Codes(IEnumerable<string> names) => names.SelectMany(name =>
        name.StartsWith('+') ? Group(name[1..]) : [name]);

    /// <summary>An example of each problem, for <c>components/examples</c>.</summary>
    public JsonObject Examples()
    {
        var examples = new JsonObject();
        foreach (var (code, problem) in _problems)
        {
            var value = new JsonObject
            {
                ["type"] = $"urn:crmkpi:problem:{code}",
                ["title"] = ReasonPhrases.GetReasonPhrase(Status(code)),
                ["status"] = Status(code),
                ["code"] = code,
            };
            foreach (var (name, member) in (JsonObject)problem!)
                if (name != "status")
                    value[name] = member?.DeepClone();
            examples[code] = new JsonObject { ["summary"] = value["detail"]!.DeepClone(), ["value"] = value };
        }
        return examples;
    }

    /// <summary>The responses of some codes, by status.</summary>
    public IEnumerable<(string Status, JsonObject Response)> Responses(IEnumerable<string> codes) =>
        codes.Distinct().GroupBy(Status).OrderBy(g => g.Key).Select(g => ($"{g.Key}", Response(g.Key, [.. g.Order()])));

    private static JsonObject Response(int status, string[] codes)
    {
        var headers = new JsonObject();
        if (status == StatusCodes.Status401Unauthorized)
            headers["WWW-Authenticate"] = Ref("headers", "WWW-Authenticate");
        if (status is 429 or 502 or 503 or 504)
            headers["Retry-After"] = Ref("headers", "Retry-After");
        var response = new JsonObject { ["description"] = $"{ReasonPhrases.GetReasonPhrase(status)}: {string.Join(", ", codes)}" };
        if (headers.Count > 0)
            response["headers"] = headers;
        response["content"] = new JsonObject
        {
            ["application/problem+json"] = new JsonObject
            {
                ["schema"] = new JsonObject
                {
                    ["allOf"] = new JsonArray(Ref("schemas", "Problem"), new JsonObject
                    {
                        ["type"] = "object",
                        ["properties"] = new JsonObject
                        {
                            ["status"] = new JsonObject { ["const"] = status },
                            ["code"] = new JsonObject { ["enum"] = new JsonArray([.. codes.Select(c => JsonValue.Create(c))]) },
                        },
                    }),
                },
                ["examples"] = new JsonObject(codes.Select(c => KeyValuePair.Create(c, (JsonNode?)Ref("examples", c)))),
            },
        };
        return response;
    }

    /// <summary>A reference to a component.</summary>
    public static JsonObject Ref(string kind, string name) => new() { ["$ref"] = $"#/components/{kind}/{name}" };

    private IEnumerable<string> Group(string name) => _groups[name] is JsonArray codes
        ? codes.Select(c => c!.GetValue<string>())
        : throw new InvalidDataException($"There is no group '{name}' of problems.");

    private int Status(string code) => _problems[code] is JsonObject problem
        ? (int)problem["status"]!.GetValue<long>()
        : throw new InvalidDataException($"There is no problem '{code}' in problems.yaml.");
}
