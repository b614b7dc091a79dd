using System.Text.Json;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Kpis.Explain;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Kpis;

namespace CrmKpi.Query.Explain;

/// <summary>An explanation as JSON.</summary>
internal static class ExplainJson
{
    public static byte[] Write(
        CubeSnapshot snapshot, ExplainRequest request, Explanation explanation, FactPage page, string? nextPage) =>
        JsonAnswer.Write(snapshot, explanation.Query.Period, json =>
        {
            WriteKpi(json, explanation);
            WriteFilters(json, explanation.Query.Filters);
            json.WriteWarnings(explanation.Warnings);
            json.WriteString("formula", explanation.Formula);
            json.WriteString("calculation", explanation.Calculation);
            json.WriteKpiValue(explanation.Value);
            WriteInputs(json, explanation);
            json.WriteStartArray("readings");
            foreach (var reading in explanation.Readings)
                WriteReading(json, reading);
            json.WriteEndArray();
            SettingsUsedJson.Write(json, explanation.Settings, snapshot.Settings);
            json.WriteStartObject("facts");
            json.WriteStartArray("readings");
            foreach (var reading in request.Chosen(explanation))
                json.WriteNumberValue(reading.Index);
            json.WriteEndArray();
            json.WriteNumber("scanned", page.Scanned);
            json.WriteStartArray("items");
            foreach (var fact in page.Facts)
                WriteFact(json, snapshot.Tenant, explanation.Readings[fact.Reading], fact);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteString("nextPage", nextPage);
        });

    /// <summary>Where the events of a fact are read, with the ids of their source; null when no entity is known.</summary>
    public static string? EventsOf(string tenant, Fact fact) => fact.Entity is { } entity
        ? $"/v1/tenants/{Uri.EscapeDataString(tenant)}/events?stream={Uri.EscapeDataString(entity.Stream)}" : null;

    /// <summary>A fact's duration in whole milliseconds, of which its value is a rounded quotient; null when it is none.</summary>
    public static long? Milliseconds(Fact fact) => fact.Measure.Unit == MeasureUnit.Milliseconds ? (long)fact.Value : null;

    private static void WriteKpi(Utf8JsonWriter json, Explanation explanation)
    {
        var (kpi, language) = (explanation.Output.Kpi, explanation.Query.Language);
        json.WriteStartObject("kpi");
        json.WriteString("id", explanation.Output.Id);
        json.WriteString("name", kpi.Name.In(language));
        json.WriteString("meaning", kpi.Meaning.In(language));
        json.WriteString("unit", kpi.Unit.Code());
        json.WriteString("zeroRule", kpi.ZeroRule.In(language));
        json.WriteString("source", kpi.Source);
        json.WriteEndObject();
    }

    private static void WriteFilters(Utf8JsonWriter json, IReadOnlyList<DimensionFilter> filters)
    {
        json.WriteStartObject("filter");
        foreach (var filter in filters)
        {
            json.WriteStartArray(DimensionSet.NameOf(filter.Dimension));
            foreach (var value in filter.Values)
                json.WriteStringValue(value ?? DimensionSet.Blank);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void WriteInputs(Utf8JsonWriter json, Explanation explanation)
    {
        json.WriteStartArray("inputs");
        foreach (var (input, value) in explanation.Output.Formula.Inputs.Zip(explanation.Value.Inputs ?? Enumerable.Empty<decimal?>()))
        {
            json.WriteStartObject();
            InputJson.WriteDescription(json, input, explanation.Query.Language);
            json.WriteValue("value", value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteReading(Utf8JsonWriter json, ExplainedReading reading)
    {
        json.WriteStartObject();
        json.WriteNumber("index", reading.Index);
        json.WriteString("reads", reading.Reading.ToString());
        json.WriteStartArray("parts");
        foreach (var part in Enum.GetValues<KpiPart>().Where(p => p != KpiPart.None && reading.Part.HasFlag(p)))
            json.WriteStringValue(part.ToString().ToLowerInvariant());
        json.WriteEndArray();
        json.WriteStartArray("measures");
        foreach (var measure in reading.Reading.Read)
        {
            json.WriteStartObject();
            json.WriteString("name", measure.Name);
            json.WriteString("meaning", measure.Meaning);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("unit", ReadingUnits.Of(reading));
        json.WriteValue("value", reading.Value);
        json.WriteStartArray("conversions");
        foreach (var conversion in reading.Conversions)
        {
            json.WriteStartObject();
            json.WriteString("currency", conversion.Currency);
            json.WriteString("day", JsonAnswer.Day(conversion.Day));
            json.WriteExact("amount", conversion.Amount);
            json.WriteValue("rate", conversion.Rate);
            json.WriteExact("value", conversion.Value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteFact(Utf8JsonWriter json, string tenant, ExplainedReading reading, Fact fact)
    {
        json.WriteStartObject();
        json.WriteNumber("reading", fact.Reading);
        json.WriteString("stream", fact.Entity?.Stream);
        json.WriteString("kind", fact.Entity?.Kind.ToString().ToLowerInvariant());
        json.WriteString("measure", fact.Measure.Name);
        json.WriteString("day", JsonAnswer.Day(DateOnly.FromDayNumber(fact.Day)));
        if (fact.Bucket != 0)
            json.WriteNumber("bucket", fact.Bucket);
        json.WriteNumber("count", fact.Count);
        if (reading.ValueOf(fact) is { } value)
            json.WriteValue("value", value);
        if (Milliseconds(fact) is { } milliseconds)
            json.WriteNumber("milliseconds", milliseconds);
        if (fact.Dims[Dimensions.Currency] is not null)
            json.WriteValue("rate", fact.Rate);
        json.WriteValue("adds", reading.Adds(fact));
        json.WriteStartObject("dimensions");
        foreach (var name in DimensionSet.Names)
            if (fact.Dims[DimensionSet.Parse(name)!.Value] is { } text)
                json.WriteString(name, text);
        json.WriteEndObject();
        json.WriteString("events", EventsOf(tenant, fact));
        json.WriteEndObject();
    }
}
