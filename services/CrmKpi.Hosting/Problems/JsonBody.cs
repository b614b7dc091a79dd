using System.Text.Json;
using CrmKpi.Domain.Events;
using Microsoft.AspNetCore.Http;

namespace CrmKpi.Hosting.Problems;

/// <summary>A small JSON body.</summary>
public static class JsonBody
{
    private const int NameCharsMax = 200;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>Reads it; throws 415 for another media type and 400 for what is not JSON.</summary>
    public static async Task<JsonDocument> Read(HttpRequest request, CancellationToken ct)
    {
        if (!request.HasJsonContentType())
            throw new ProblemException(KnownProblems.OfStatus(StatusCodes.Status415UnsupportedMediaType) with
            {
                Parameter = "Content-Type",
                Allowed = ["application/json"],
            });
        // Within the limit of the server for bodies.
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, ct);
        // The parser passes over texts that nobody can read afterwards.
        var bytes = body.ToArray();
        if (JsonText.FlawOf(bytes) is { } flaw)
            throw Invalid(flaw.Code, flaw.Detail, flaw.Pointer);
        try
        {
            return JsonDocument.Parse(bytes, Options);
        }
        catch (JsonException e)
        {
            throw new ProblemException(new Problem(
                StatusCodes.Status400BadRequest, "malformed_json", $"The body is not well-formed JSON: {e.Message}"));
        }
    }

    /// <summary>A list of texts of a property; null when it is absent or null; throws 400 when it is something else.</summary>
    public static IReadOnlyList<string>? Texts(JsonElement body, string name)
    {
        if (!body.TryGetProperty(name, out var list) || list.ValueKind == JsonValueKind.Null)
            return null;
        if (list.ValueKind != JsonValueKind.Array || list.EnumerateArray().Any(e => e.ValueKind != JsonValueKind.String))
            throw Invalid("wrong_type", $"'{name}' must be a list of texts.", $"/{name}");
        return [.. list.EnumerateArray().Select(e => e.GetString()!)];
    }

    /// <summary>The required property <c>name</c>, trimmed; throws 400 when it is no name.</summary>
    /// <param name="what">What kind of text it is, for the one who forgot it.</param>
    public static string Name(JsonElement body, string what)
    {
        var name = body.TryGetProperty("name", out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()!.Trim()
            : "";
        return name.Length is > 0 and <= NameCharsMax && !name.Any(char.IsControl)
            ? name
            : throw Invalid("missing_field", $"'name' is required: a text of 1 to {NameCharsMax} characters {what}.", "/name");
    }

    /// <summary>Refuses names that are not known, and anything but an object.</summary>
    public static void RequireOnly(JsonElement body, params string[] names)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw Invalid("wrong_type", "The body must be a JSON object.", "");
        foreach (var property in body.EnumerateObject())
            if (!names.Contains(property.Name, StringComparer.Ordinal))
                throw Invalid("unknown_property", $"'{property.Name}' is not known here.", $"/{property.Name}", names);
    }

    /// <summary>A problem at a place of the body.</summary>
    public static ProblemException Invalid(
        string code, string detail, string pointer, IReadOnlyList<string>? allowed = null) =>
        new(new Problem(StatusCodes.Status400BadRequest, code, detail) { Pointer = pointer, Allowed = allowed });
}
