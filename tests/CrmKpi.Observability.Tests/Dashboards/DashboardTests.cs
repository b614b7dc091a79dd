using System.Text.Json;
using System.Text.Json.Nodes;

namespace CrmKpi.Observability.Tests.Dashboards;

public sealed class DashboardTests
{
    private const string Good = """
        {
          "uid": "crmkpi-good", "title": "Good", "description": "d",
          "templating": { "list": [
            { "name": "metrics", "type": "datasource", "query": "prometheus" },
            { "name": "traces", "type": "datasource", "query": "tempo" }] },
          "panels": [
            { "id": 1, "type": "row", "title": "Row", "gridPos": { "x": 0, "y": 0, "w": 24, "h": 1 } },
            { "id": 2, "type": "timeseries", "title": "Panel", "description": "d",
              "gridPos": { "x": 0, "y": 1, "w": 12, "h": 8 },
              "datasource": { "type": "prometheus", "uid": "${metrics}" },
              "fieldConfig": { "defaults": { "unit": "s", "links": [
                { "url": "LINK" }] } },
              "targets": [{ "refId": "A", "expr": "rate(a_bucket[$__rate_interval])", "exemplar": true }] }]
        }
        """;

    private const string Link =
        "/explore?schemaVersion=1&orgId=1&panes="
        + """{"a":{"queries":[{"datasource":{"type":"tempo","uid":"${traces}"}}]}}""";

    public static TheoryData<string> Names => [.. Dashboard.All.Select(d => d.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_dashboard_keeps_the_policy(string name) =>
        Assert.Empty(DashboardPolicy.Broken(Dashboard.All.Single(d => d.Name == name)));

    [Fact]
    public void All_dashboards_are_there() =>
        Assert.Equal(["ingestion", "lanes", "overview", "postgresql", "tenant"], Dashboard.All.Select(d => d.Name));

    [Fact]
    public void The_dashboard_of_a_tenant_asks_no_metrics()
    {
        var tenant = Dashboard.All.Single(d => d.Name == "tenant");

        Assert.Empty(tenant.Expressions);
        Assert.Contains(
            tenant.Panels.SelectMany(Dashboard.Targets),
            t => t["query"]?.ToString().Contains("span.crmkpi.tenant = \"$tenant\"") is true);
    }

    [Fact]
    public async Task Prometheus_can_read_every_expression()
    {
        var verdict = await Check([.. Dashboard.All.SelectMany(d => d.Expressions)]);

        Assert.True(verdict.IsGood, verdict.Text);
    }

    [Theory]
    [InlineData("sum(rate(a[$__rate_interval])")]
    [InlineData("rate(a)")]
    [InlineData("sum by job (a)")]
    [InlineData("a{job=$service}")]
    public async Task An_expression_that_it_cannot_read_is_found(string bad) =>
        Assert.False((await Check(["up{job=~\"crmkpi/$service\"}", bad])).IsGood);

    [Fact]
    public void A_good_dashboard_is_not_complained_of() =>
        Assert.Empty(DashboardPolicy.Broken(GoodOne()));

    [Theory]
    [InlineData("uid", "\"x\"", "uid is not crmkpi-good")]
    [InlineData("id", "7", "has an id, which is that of one Grafana")]
    [InlineData("description", "\"\"", "has no title or description")]
    [InlineData("panels/1/id", "1", "2 panels have the id 1")]
    [InlineData("panels/1/id", "null", "1 panels have the id ")]
    [InlineData("panels/1/datasource/uid", "\"P1809F7CD0C75ACF3\"",
        """{"type":"prometheus","uid":"P1809F7CD0C75ACF3"} is not a variable of its type""")]
    [InlineData("panels/1/targets/0/datasource", "\"Prometheus\"",
        """{"uid":"Prometheus"} is not a variable of its type""")]
    [InlineData("panels/1/targets/0/datasource", """{ "type": "loki", "uid": "${metrics}" }""",
        """{"type":"loki","uid":"${metrics}"} is not a variable of its type""")]
    [InlineData("templating/list/1/query", "\"jaeger\"", "the variable traces has another type of source")]
    [InlineData("panels/1/title", "\"Of $service\"", "there is no variable service")]
    [InlineData("templating/list/0/name", "\"metric\"", "nothing uses the variable metric")]
    [InlineData("panels/1/gridPos/w", "25", "Panel: is not within 24 columns")]
    [InlineData("panels/1/gridPos/y", "0", "Panel: lies upon Row")]
    [InlineData("panels/0/title", "\"\"", ": has no title")]
    [InlineData("panels/1/description", "null", "Panel: has no description")]
    [InlineData("panels/1/targets/1", """{ "refId": "A", "expr": "b" }""",
        "Panel: has no queries, or two of one refId")]
    [InlineData("panels/1/targets", "[]", "Panel: has no queries, or two of one refId")]
    [InlineData("panels/1/fieldConfig/defaults/unit", "\"\"", "Panel: has no unit")]
    [InlineData("panels/1/fieldConfig/defaults/links/0/url", "\"/d/x?var=${traces}\"",
        "Panel: does not lead to traces")]
    [InlineData("panels/1/fieldConfig/defaults/links/0/url", "\"/explore?schemaVersion=1&orgId=1&panes={${traces}\"",
        "Panel: does not lead to traces")]
    [InlineData("panels/1/targets/0/expr", "\"a{tenant='x'}\"", "Panel: metrics know no tenants")]
    [InlineData("panels/1/targets/0/expr", "\"sum by (crmkpi_tenant) (a)\"", "Panel: metrics know no tenants")]
    [InlineData("panels/1/targets/0/exemplar", "false", "Panel: shows a histogram without exemplars")]
    public void A_bad_dashboard_is_found(string path, string json, string broken)
    {
        var bad = GoodOne();
        Set(bad.Json, path.Split('/'), JsonNode.Parse(json));

        Assert.Contains(broken, DashboardPolicy.Broken(bad));
    }

    [Theory]
    [InlineData("{ \"uid\": ")]
    [InlineData("{ \"uid\": \"a\", }")]
    public void What_is_no_json_is_refused(string text) =>
        Assert.ThrowsAny<JsonException>(() => Dashboard.Parse("good", text));

    [Fact]
    public void Variables_are_found_and_filled_in()
    {
        Assert.Equal(["a", "b", "c"], Variables.UsedIn("$a ${b} ${c:pipe} $__interval ${__from} $1"));
        Assert.Equal("rate(x{y=\"value\"}[5m])", Variables.Fill("rate(x{y=\"$y\"}[$__rate_interval])"));
    }

    private static Dashboard GoodOne() =>
        Dashboard.Parse("good", Good.Replace("LINK", Link.Replace("\"", "\\\"")));

    private static async Task<Verdict> Check(IReadOnlyList<string> expressions)
    {
        var rules = expressions.Select((expression, i) => new JsonObject
        {
            ["record"] = $"expression:{i}",
            ["expr"] = Variables.Fill(expression),
        });
        // JSON is YAML too.
        var file = new JsonObject
        {
            ["groups"] = new JsonArray(
                new JsonObject { ["name"] = "dashboards", ["rules"] = new JsonArray([.. rules]) }),
        };
        using var folder = new TemporaryFolder();
        return await Promtool.CheckRules(folder.Write("rules.yaml", file.ToJsonString()));
    }

    private static void Set(JsonNode node, string[] path, JsonNode? value)
    {
        foreach (var step in path[..^1])
            node = node is JsonArray ? node[int.Parse(step)]! : node[step]!;
        if (node is not JsonArray list)
            node[path[^1]] = value;
        else if (int.Parse(path[^1]) is var at && at < list.Count)
            list[at] = value;
        else
            list.Add(value);
    }
}
