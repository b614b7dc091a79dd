using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CrmKpi.Observability.Tests.Dashboards;

/// <summary>What every dashboard keeps, so that it works wherever it is imported and leads on to traces.</summary>
internal static partial class DashboardPolicy
{
    private const int Columns = 24;

    private static readonly Dictionary<string, string> Sources = new()
    {
        ["prometheus"] = "${metrics}",
        ["tempo"] = "${traces}",
        ["loki"] = "${logs}",
    };

    /// <summary>What is wrong.</summary>
    public static IEnumerable<string> Broken(Dashboard dashboard) =>
        Whole(dashboard)
            .Concat(Places(dashboard))
            .Concat(dashboard.Panels.SelectMany(p => Panel(p).Select(broken => $"{Text(p, "title")}: {broken}")));

    private static IEnumerable<string> Whole(Dashboard dashboard)
    {
        var json = dashboard.Json;
        if (Text(json, "uid") != $"crmkpi-{dashboard.Name}")
            yield return $"uid is not crmkpi-{dashboard.Name}";
        if (json.ContainsKey("id"))
            yield return "has an id, which is that of one Grafana";
        if (Text(json, "title").Length == 0 || Text(json, "description").Length == 0)
            yield return "has no title or description";
        foreach (var id in dashboard.Panels.GroupBy(p => (int?)p["id"]).Where(g => g.Key is null || g.Count() > 1))
            yield return $"{id.Count()} panels have the id {id.Key}";
        foreach (var source in SourcesOf(json))
            if (!Sources.TryGetValue(source["type"]?.ToString() ?? "", out var uid) || source["uid"]?.ToString() != uid)
                yield return $"{source.ToJsonString()} is not a variable of its type";
        var variables = Dashboard.Objects(json["templating"]?["list"]).ToList();
        foreach (var variable in variables.Where(v => Text(v, "type") == "datasource"))
            if (Sources.GetValueOrDefault(Text(variable, "query")) != $"${{{Text(variable, "name")}}}")
                yield return $"the variable {Text(variable, "name")} has another type of source";
        var known = variables.Select(v => Text(v, "name")).ToHashSet();
        var used = Strings(json).SelectMany(Variables.UsedIn).ToHashSet();
        foreach (var name in used.Except(known))
            yield return $"there is no variable {name}";
        foreach (var name in known.Except(used))
            yield return $"nothing uses the variable {name}";
    }

    private static IEnumerable<string> Places(Dashboard dashboard)
    {
        var taken = new Dictionary<(int X, int Y), string>();
        foreach (var panel in Dashboard.Objects(dashboard.Json["panels"]))
        {
            var (x, y, w, h) = Place(panel);
            if (w < 1 || h < 1 || x < 0 || x + w > Columns)
                yield return $"{Text(panel, "title")}: is not within {Columns} columns";
            for (var at = 0; at < w * h; at++)
                if (!taken.TryAdd((x + at % w, y + at / w), Text(panel, "title")))
                {
                    yield return $"{Text(panel, "title")}: lies upon {taken[(x + at % w, y + at / w)]}";
                    break;
                }
        }
    }

    private static (int X, int Y, int W, int H) Place(JsonObject panel)
    {
        int At(string key) => (int?)panel["gridPos"]?[key] ?? 0;
        return (At("x"), At("y"), At("w"), At("h"));
    }

    private static IEnumerable<string> Panel(JsonObject panel)
    {
        var type = Text(panel, "type");
        if (Text(panel, "title").Length == 0)
            yield return "has no title";
        if (type == "row")
            yield break;
        if (Text(panel, "description").Length == 0)
            yield return "has no description";
        if (type == "text")
            yield break;
        var targets = Dashboard.Targets(panel).ToList();
        if (targets.Count == 0 || targets.Select(t => Text(t, "refId")).Distinct().Count() < targets.Count)
            yield return "has no queries, or two of one refId";
        var defaults = panel["fieldConfig"]?["defaults"];
        if (type is not ("logs" or "table") && defaults?["unit"]?.ToString() is null or "")
            yield return "has no unit";
        if (Dashboard.DatasourceOf(panel) != "prometheus")
            yield break;
        if (!Dashboard.Objects(defaults?["links"]).Any(l => ExploredBy(Text(l, "url")) == "tempo"))
            yield return "does not lead to traces";
        foreach (var target in targets)
        {
            var expression = Text(target, "expr");
            if (TenantLabel().IsMatch(expression))
                yield return "metrics know no tenants";
            if (expression.Contains("_bucket", StringComparison.Ordinal) && (bool?)target["exemplar"] is not true)
                yield return "shows a histogram without exemplars";
        }
    }

    /// <summary>The type of source that a link to Explore asks; null when it is no such link.</summary>
    internal static string? ExploredBy(string url)
    {
        const string Start = "/explore?schemaVersion=1&orgId=1&panes=";
        if (!url.StartsWith(Start, StringComparison.Ordinal))
            return null;
        try
        {
            var query = JsonNode.Parse(Uri.UnescapeDataString(url[Start.Length..]))?["a"]?["queries"]?[0];
            return query?["datasource"]?["type"]?.ToString();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<JsonObject> SourcesOf(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(
            p => p is { Key: "datasource", Value: JsonObject source } ? [source]
                : p is { Key: "datasource", Value: JsonValue name } ? [new JsonObject { ["uid"] = name.ToString() }]
                : SourcesOf(p.Value)),
        JsonArray list => list.SelectMany(SourcesOf),
        _ => [],
    };

    private static IEnumerable<string> Strings(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(p => Strings(p.Value)),
        JsonArray list => list.SelectMany(Strings),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => [value.GetValue<string>()],
        _ => [],
    };

    private static string Text(JsonObject map, string key) => map[key]?.ToString() ?? "";

    [GeneratedRegex(@"\b(crmkpi_)?tenant\b", RegexOptions.CultureInvariant)]
    private static partial Regex TenantLabel();
}
