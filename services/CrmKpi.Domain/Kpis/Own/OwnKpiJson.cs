using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace CrmKpi.Domain.Kpis.Own;

/// <summary>
/// Definitions as JSON, in the API and in the store. WARNING: the names are a storage format. What is read is checked
/// by itself;
/// its formula is checked by <see cref="KpiSet"/>, which knows what it may refer to.
/// </summary>
public static class OwnKpiJson
{
    /// <summary>The longest name, in characters.</summary>
    public const int NameCharsMax = 200;

    /// <summary>The longest meaning, in characters.</summary>
    public const int MeaningCharsMax = 1_000;

    private static readonly string[] Names = ["id", "name", "meaning", "unit", "better", "formula", "norm", "sample"];
    private static readonly string[] Betters = ["up", "down"];
    private static readonly string[] Samples = ["none", "share"];
    private static readonly string[] Languages = ["ru", "en"];
    private static readonly string[] Bounds = ["low", "high"];

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a definition.</summary>
    /// <param name="id">What it is to be called; an <c>id</c> in the body must be the same.</param>
    /// <exception cref="KpiProblemException">Something in it is wrong.</exception>
    public static OwnKpi Read(string id, JsonElement body)
    {
        RequireOnly(body, Names, "");
        if (OptionalText(body, "id", int.MaxValue) is { } said && said != id)
            throw Wrong("bad_id", $"The address names the KPI '{id}', the body '{said}'.", "/id");
        var name = Bilingual(body, "name", NameCharsMax)
            ?? throw Wrong("missing_field", "'name' is required: a text, or one in 'ru', 'en' or both.", "/name");
        return new OwnKpi(
            id, name, Bilingual(body, "meaning", MeaningCharsMax) ?? name,
            (KpiUnit)Choice(body, "unit", KpiUnits.All, required: true),
            (Better)Choice(body, "better", Betters, required: true),
            OptionalText(body, "formula", int.MaxValue)
            ?? throw Wrong("missing_field", "'formula' is required.", "/formula"),
            ReadNorm(body), Choice(body, "sample", Samples, required: false) == 1);
    }

    /// <summary>Reads a stored definition.</summary>
    /// <exception cref="KpiProblemException">It is not one of this version.</exception>
    public static OwnKpi Read(string id, string json)
    {
        using var document = JsonDocument.Parse(json);
        return Read(id, document.RootElement);
    }

    /// <summary>The definition as an object.</summary>
    public static void Write(Utf8JsonWriter json, OwnKpi kpi)
    {
        json.WriteStartObject();
        json.WriteString("id", kpi.Id);
        Write(json, "name", kpi.Name);
        Write(json, "meaning", kpi.Meaning);
        json.WriteString("unit", kpi.Unit.Code());
        json.WriteString("better", Betters[(int)kpi.Better]);
        json.WriteString("formula", kpi.Formula);
        if (kpi.Norm is { } norm)
        {
            json.WriteStartObject("norm");
            if (norm.Low is { } low)
                json.WriteNumber("low", low);
            if (norm.High is { } high)
                json.WriteNumber("high", high);
            json.WriteEndObject();
        }
        json.WriteString("sample", Samples[kpi.IsShare ? 1 : 0]);
        json.WriteEndObject();
    }

    /// <summary>The definition as a text; the same definition gives the same text.</summary>
    public static string Text(OwnKpi kpi)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes, Options))
            Write(json, kpi);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, string name, Text text)
    {
        json.WriteStartObject(name);
        json.WriteString("ru", text.Ru);
        json.WriteString("en", text.En);
        json.WriteEndObject();
    }

    private static Text? Bilingual(JsonElement body, string name, int charsMax)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind == JsonValueKind.String)
            return OptionalText(body, name, charsMax) is { } both ? new Text(both, both) : null;
        RequireOnly(value, Languages, $"/{name}");
        var ru = OptionalText(value, "ru", charsMax, $"/{name}");
        var en = OptionalText(value, "en", charsMax, $"/{name}");
        return (ru ?? en) is { } one ? new Text(ru ?? one, en ?? one) : null;
    }

    private static Norm? ReadNorm(JsonElement body)
    {
        if (!body.TryGetProperty("norm", out var norm) || norm.ValueKind == JsonValueKind.Null)
            return null;
        RequireOnly(norm, Bounds, "/norm");
        var (low, high) = (Bound(norm, "low"), Bound(norm, "high"));
        if (low is null && high is null)
            return null;
        return low > high
            ? throw Wrong("out_of_range", "'low' must not be above 'high'.", "/norm")
            : new Norm(low, high);
    }

    private static decimal? Bound(JsonElement norm, string name)
    {
        if (!norm.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var bound)
            && Math.Abs(bound) <= ParsedFormula.NumberMax
            ? bound
            : throw Wrong("wrong_type", $"'{name}' must be a number up to {ParsedFormula.NumberMax}.", $"/norm/{name}");
    }

    private static int Choice(JsonElement body, string name, IReadOnlyList<string> allowed, bool required)
    {
        var text = OptionalText(body, name, int.MaxValue);
        if (text is null && !required)
            return 0;
        for (var i = 0; i < allowed.Count; i++)
            if (allowed[i] == text)
                return i;
        throw Wrong(
            text is null ? "missing_field" : "unknown_value",
            text is null ? $"'{name}' is required." : $"'{name}' cannot be '{text}'.{Suggestion.For(text, allowed)}",
            $"/{name}", allowed);
    }

    private static string? OptionalText(JsonElement body, string name, int charsMax, string at = "")
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind != JsonValueKind.String)
            throw Wrong("wrong_type", $"'{name}' must be a text.", $"{at}/{name}");
        var text = value.GetString()!.Trim();
        if (text.Length > charsMax)
            throw Wrong("too_long", $"'{name}' has {text.Length} characters; it may have {charsMax}.", $"{at}/{name}");
        if (text.Any(c => char.IsControl(c) && !(name == "formula" && char.IsWhiteSpace(c))) || text.Contains('\0'))
            throw Wrong("bad_text", $"'{name}' must not hold control characters.", $"{at}/{name}");
        return text.Length == 0 ? null : text;
    }

    private static void RequireOnly(JsonElement json, string[] names, string at)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw Wrong(
                "wrong_type", at.Length == 0 ? "A KPI must be an object." : $"'{at[1..]}' must be an object.", at);
        foreach (var property in json.EnumerateObject())
            if (!names.Contains(property.Name, StringComparer.Ordinal))
                throw Wrong(
                    "unknown_property", $"'{property.Name}' is not known here.{Suggestion.For(property.Name, names)}",
                    $"{at}/{property.Name.Replace("~", "~0").Replace("/", "~1")}", names);
    }

    private static KpiProblemException Wrong(
        string code, string detail, string pointer, IReadOnlyList<string>? allowed = null) =>
        new(new KpiProblem(code, detail, pointer) { Allowed = allowed });
}
