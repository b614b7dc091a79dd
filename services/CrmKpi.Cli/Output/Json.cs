using System.Text.Encodings.Web;
using System.Text.Json;

namespace CrmKpi.Cli.Output;

/// <summary>Reading answers.</summary>
public static class Json
{
    internal static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A member as text; empty when it is absent or null.</summary>
    public static string Text(this JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : "";

    /// <summary>The texts of a list; null when it is absent or null.</summary>
    public static IReadOnlyList<string>? Texts(this JsonElement json, string name) =>
        json.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(v => v.ToString())]
            : null;

    /// <summary>A number; null when it is absent or null.</summary>
    public static decimal? Number(this JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDecimal() : null;
}
