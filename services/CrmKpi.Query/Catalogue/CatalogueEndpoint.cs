using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Hosting.Access;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Catalogue;

/// <summary><c>GET /v1/kpis?lang=en|ru</c>: what every KPI means, how it is computed and what it can be split by.</summary>
internal static class CatalogueEndpoint
{
    private static readonly string[] Names = ["lang"];
    private static readonly Lazy<byte[]> English = new(() => Write(Language.En));
    private static readonly Lazy<byte[]> Russian = new(() => Write(Language.Ru));

    public static void MapCatalogue(this WebApplication app) =>
        app.MapGet("/v1/kpis", (HttpRequest request) =>
            {
                var parameters = QueryParameters.Read(request.QueryString.Value ?? "", Names);
                var russian = FormatParameters.ReadLanguage(parameters) == Language.Ru;
                return Results.Bytes((russian ? Russian : English).Value, "application/json");
            })
            .RequireKey();

    private static byte[] Write(Language language)
    {
        var body = new ArrayBufferWriter<byte>(32_768);
        using (var json = new Utf8JsonWriter(body, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("rulesVersion", Measures.RulesVersion);
            json.WriteStartArray("kpis");
            foreach (var kpi in Domain.Kpis.Catalogue.All)
                WriteKpi(json, kpi, language);
            json.WriteEndArray();
            json.WriteStartArray("measures");
            foreach (var measure in Domain.Kpis.Catalogue.All.SelectMany(k => k.Measures).Distinct().OrderBy(m => m.Id))
            {
                json.WriteStartObject();
                json.WriteString("name", measure.Name);
                json.WriteString("meaning", measure.Meaning);
                WriteDimensions(json, "dimensions", measure.Dimensions);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return body.WrittenSpan.ToArray();
    }

    private static void WriteKpi(Utf8JsonWriter json, Kpi kpi, Language language)
    {
        json.WriteStartObject();
        json.WriteString("id", kpi.Id);
        json.WriteString("area", kpi.Area == KpiArea.Sales ? "sales" : "customers");
        json.WriteString("name", kpi.Name.In(language));
        json.WriteString("meaning", kpi.Meaning.In(language));
        json.WriteString("unit", kpi.Unit.Code());
        json.WriteString("better", kpi.Better == Better.Up ? "up" : "down");
        json.WriteString("formula", kpi.Variants[0].Formula.ToString());
        WriteDimensions(json, "dimensions", kpi.Dimensions);
        WriteDimensions(json, "defaultSplit", kpi.DefaultSplit);
        json.WriteStartArray("statistics");
        foreach (var variant in kpi.Variants.Where(v => v.Statistic.Length > 0))
        {
            json.WriteStartObject();
            json.WriteString("id", $"{kpi.Id}.{variant.Statistic}");
            json.WriteString("formula", variant.Formula.ToString());
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("window", kpi.Window is null ? null : $"{kpi.Id}.within{{n}}");
        json.WriteStartObject("norm");
        json.WriteExact("low", kpi.Norm?.Low);
        json.WriteExact("high", kpi.Norm?.High);
        json.WriteEndObject();
        json.WriteString("zeroRule", kpi.ZeroRule.In(language));
        json.WriteString("source", kpi.Source);
        json.WriteEndObject();
    }

    private static void WriteDimensions(Utf8JsonWriter json, string name, Dimensions dimensions)
    {
        json.WriteStartArray(name);
        foreach (var dimension in DimensionSet.Names.Where(n => (dimensions & DimensionSet.Parse(n)!.Value) != 0))
            json.WriteStringValue(dimension);
        json.WriteEndArray();
    }
}
