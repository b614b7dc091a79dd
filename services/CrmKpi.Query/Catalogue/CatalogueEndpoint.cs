using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Caching;
using CrmKpi.Hosting.Problems;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Kpis;
using CrmKpi.Query.OwnKpis;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Catalogue;

/// <summary>
/// <c>GET /v1/kpis?lang=en|ru&amp;tenant=</c>: what every KPI means, how it is computed and what it can be split by; with a
/// tenant its own KPIs and those of its agency too.
/// </summary>
internal static class CatalogueEndpoint
{
    private const string TenantName = "tenant";

    private static readonly string[] Names = ["lang", TenantName];
    private static readonly Lazy<byte[]> English = new(() => Write(Language.En, KpiSet.BuiltIn));
    private static readonly Lazy<byte[]> Russian = new(() => Write(Language.Ru, KpiSet.BuiltIn));

    public static void MapCatalogue(this WebApplication app) => app.MapGet("/v1/kpis", Answer).RequireKey();

    private static async Task<IResult> Answer(HttpContext context, TenantDirectory tenants, OwnKpiSets own)
    {
        var parameters = QueryParameters.Read(context.Request.QueryString.Value ?? "", Names);
        var language = FormatParameters.ReadLanguage(parameters) ?? Language.En;
        if (parameters.Single(TenantName) is not { } tenant)
            return Send(context, $"{language}", () => (language == Language.Ru ? Russian : English).Value);
        if (!await tenants.IsVisible(tenant, context.Caller(), context.RequestAborted))
            return KnownProblems.NoSuchTenant;
        var kpis = (await own.Of(tenant, context.RequestAborted)).Set;
        return Send(context, $"{language}|{tenant}|{kpis.Version}", () => Write(language, kpis));
    }

    private static IResult Send(HttpContext context, string key, Func<byte[]> write)
    {
        var tag = EntityTags.Of(Measures.RulesVersion, key);
        CacheHeaders.Set(context.Response, tag);
        return context.Request.NamesAny() || context.Request.Names(tag)
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Bytes(write(), "application/json");
    }

    private static byte[] Write(Language language, KpiSet kpis)
    {
        var body = new ArrayBufferWriter<byte>(32_768);
        using (var json = new Utf8JsonWriter(body, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("rulesVersion", Measures.RulesVersion);
            json.WriteStartArray("kpis");
            foreach (var (kpi, formula) in CatalogueTexts.Kpis(kpis))
                WriteKpi(json, kpi, formula, language);
            json.WriteEndArray();
            json.WriteStartArray("measures");
            foreach (var measure in Measures.All.OrderBy(m => m.Id))
            {
                json.WriteStartObject();
                json.WriteString("name", measure.Name);
                json.WriteString("kind", CatalogueTexts.KindOf(measure.Kind));
                json.WriteString("sum", CatalogueTexts.SumOf(measure.Unit));
                json.WriteString("meaning", measure.Meaning);
                WriteDimensions(json, "dimensions", measure.Dimensions);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return body.WrittenSpan.ToArray();
    }

    private static void WriteKpi(Utf8JsonWriter json, Kpi kpi, string formula, Language language)
    {
        json.WriteStartObject();
        json.WriteString("id", kpi.Id);
        json.WriteString("area", CatalogueTexts.NameOf(kpi.Area));
        json.WriteString("name", kpi.Name.In(language));
        json.WriteString("meaning", kpi.Meaning.In(language));
        json.WriteString("unit", kpi.Unit.Code());
        json.WriteString("better", kpi.Better == Better.Up ? "up" : "down");
        json.WriteString("formula", formula);
        InputJson.WriteDescriptions(json, kpi.Variants[0].Formula.Inputs, language);
        WriteDimensions(json, "dimensions", kpi.Dimensions);
        WriteDimensions(json, "defaultSplit", kpi.DefaultSplit);
        json.WriteStartArray("statistics");
        foreach (var (id, statistic) in CatalogueTexts.StatisticsOf(kpi))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("formula", statistic);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("window", CatalogueTexts.WindowOf(kpi));
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
