using System.Text.Json.Nodes;

namespace CrmKpi.Observability.Tests.Dashboards;

/// <summary>A dashboard of Grafana, as its file has it.</summary>
internal sealed record Dashboard(string Name, JsonObject Json)
{
    public static IReadOnlyList<Dashboard> All =>
        [.. Repository.Dashboards.Select(p => Parse(Path.GetFileNameWithoutExtension(p), File.ReadAllText(p)))];

    /// <summary>Panels and rows, those inside of collapsed rows too.</summary>
    public IEnumerable<JsonObject> Panels =>
        Objects(Json["panels"]).SelectMany(p => Objects(p["panels"]).Prepend(p));

    /// <summary>Expressions of PromQL.</summary>
    public IEnumerable<string> Expressions =>
        from panel in Panels
        from target in Targets(panel)
        where (DatasourceOf(target) ?? DatasourceOf(panel)) == "prometheus"
        select target["expr"]!.GetValue<string>();

    public static Dashboard Parse(string name, string json) => new(name, JsonNode.Parse(json)!.AsObject());

    /// <summary>The queries of a panel.</summary>
    public static IEnumerable<JsonObject> Targets(JsonObject panel) => Objects(panel["targets"]);

    /// <summary>The type of what an object is asked of; null when it does not say.</summary>
    public static string? DatasourceOf(JsonObject of) => of["datasource"]?["type"]?.GetValue<string>();

    public static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray)?.OfType<JsonObject>() ?? [];
}
