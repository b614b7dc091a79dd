using System.Text.Json;

namespace CrmKpi.Cli.Server;

/// <summary>What the server (or the way to it) says is wrong.</summary>
/// <param name="Status">HTTP status; 0 = no answer.</param>
/// <param name="Code">The problem's stable code.</param>
/// <param name="Detail">What, where, what to do.</param>
/// <param name="Place">The parameter or JSON pointer that is to blame.</param>
/// <param name="Allowed">The values that would have been right.</param>
public sealed record ApiProblem(
    int Status, string Code, string Detail, string? Place = null, IReadOnlyList<string>? Allowed = null)
{
    /// <summary>Worth another try later: overload, restart, a connection that broke.</summary>
    public bool IsTransient => Status is 0 or 429 or 502 or 503 or 504;

    /// <summary>When to try again, if the server said so.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The whole problem document, when the body was one.</summary>
    public JsonElement? Body { get; init; }

    /// <summary>Reads RFC 9457 problem details; anything else becomes a problem that shows its beginning.</summary>
    public static ApiProblem Read(int status, string body)
    {
        try
        {
            var json = JsonDocument.Parse(body).RootElement;
            if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("code", out var code))
                return new ApiProblem(status, code.GetString() ?? "", Text(json, "detail") ?? Text(json, "title") ?? "",
                    Text(json, "parameter") ?? Text(json, "pointer"), Allowed: List(json))
                {
                    Body = json,
                };
        }
        catch (JsonException)
        {
            // Not a problem document: shown as it is below.
        }
        return new ApiProblem(status, $"http_{status}", body.Length == 0
            ? $"The server answered {status} without saying why."
            : body.Length <= 300 ? body : body[..300] + "…");
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string[]? List(JsonElement json) =>
        json.TryGetProperty("allowed", out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(v => v.ToString())]
            : null;
}

/// <summary>A request ended with a problem.</summary>
public sealed class ApiException(ApiProblem problem, Exception? cause = null) : Exception(problem.Detail, cause)
{
    /// <summary>What was wrong.</summary>
    public ApiProblem Problem { get; } = problem;
}
