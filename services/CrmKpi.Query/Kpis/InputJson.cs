using System.Text.Json;
using CrmKpi.Domain.Kpis;
using CrmKpi.Query.Answers;

namespace CrmKpi.Query.Kpis;

/// <summary>The inputs of KPIs by the names of the API.</summary>
internal static class InputJson
{
    /// <summary>The code of where a value comes from.</summary>
    public static string Code(this ValueOrigin origin) => JsonNamingPolicy.SnakeCaseLower.ConvertName(origin.ToString());

    /// <summary>A list <c>inputs</c>: what each is, how it is computed, and what may be given for it.</summary>
    public static void WriteDescriptions(Utf8JsonWriter json, IEnumerable<Input> inputs, Language language)
    {
        json.WriteStartArray("inputs");
        foreach (var input in inputs)
        {
            json.WriteStartObject();
            WriteDescription(json, input, language);
            json.WriteExact("min", input.Range.Min);
            json.WriteExact("max", input.Range.Max);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>What an input is and where its value comes from.</summary>
    public static void WriteDescription(Utf8JsonWriter json, Input input, Language language)
    {
        json.WriteString("name", input.Name);
        json.WriteString("meaning", input.Meaning.In(language));
        json.WriteString("unit", input.Unit.Code());
        json.WriteString("formula", input.Default.ToString());
        json.WriteString("origin", input.Origin.Code());
    }

    /// <summary>An object <c>inputs</c> with what each was for one value; nothing when there are none.</summary>
    public static void WriteValues(Utf8JsonWriter json, IEnumerable<Input> inputs, IReadOnlyList<decimal?>? values)
    {
        if (values is null)
            return;
        json.WriteStartObject("inputs");
        foreach (var (input, value) in inputs.Zip(values))
            json.WriteValue(input.Name, value);
        json.WriteEndObject();
    }
}
