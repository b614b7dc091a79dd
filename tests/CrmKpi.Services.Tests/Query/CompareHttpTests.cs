using System.Text.Json;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Services.Tests.Query;

/// <summary>Comparisons and targets in the answer of <c>GET /v1/tenants/{tenant}/kpis</c>.</summary>
public sealed class CompareHttpTests(QueryService service) : IClassFixture<QueryService>
{
    private const string March = "from=2025-03-01&to=2025-04-01";

    [Fact]
    public async Task A_comparison_says_with_what_how_far_and_how_sure()
    {
        var (key, _) = await Tenant("compared");
        var answer = await service.Json($"/v1/tenants/compared/kpis?kpi=lead_conversion&{March}&compare=baseline", key);
        Assert.Equal(
            ("baseline", "2024-10-01", "2025-01-01"),
            (Text(answer.GetProperty("compare"), "kind"), Text(answer.GetProperty("compare"), "from"), Text(answer.GetProperty("compare"), "to")));
        var point = Point(answer);
        Assert.Equal((60m, 10m, 50m), (Number(point, "value"), Number(point.GetProperty("comparison"), "value"), Number(point, "change")));
        Assert.Equal(0.01908, point.GetProperty("pValue").GetDouble(), 5); // R: prop.test(c(6, 1), c(10, 10), correct = FALSE)
        Assert.True(point.GetProperty("significant").GetBoolean());
        Assert.Equal(14.40, point.GetProperty("changeInterval").GetProperty("low").GetDouble(), 2);
        Assert.False(point.GetProperty("comparison").TryGetProperty("scaled", out _));
        Assert.False(point.TryGetProperty("target", out _));
    }

    [Fact]
    public async Task A_sum_against_a_longer_baseline_is_scaled_and_has_no_test()
    {
        var (key, _) = await Tenant("scaled");
        var point = Point(await service.Json($"/v1/tenants/scaled/kpis?kpi=leads_created&{March}&compare=baseline", key));
        Assert.True(point.GetProperty("comparison").GetProperty("scaled").GetBoolean());
        Assert.Equal(Math.Round(10m * 31 / 92, 10), Number(point.GetProperty("comparison"), "value"));
        Assert.Equal(JsonValueKind.Null, point.GetProperty("pValue").ValueKind);
        Assert.Equal(JsonValueKind.Null, point.GetProperty("significant").ValueKind);
    }

    [Fact]
    public async Task A_period_of_ones_own_and_matched_weekdays_are_taken()
    {
        var (key, _) = await Tenant("custom");
        var path = $"/v1/tenants/custom/kpis?kpi=leads_created&{March}";
        var custom = await service.Json($"{path}&compare=custom&compareFrom=2024-11-01&compareTo=2024-12-01", key);
        Assert.Equal(10m, Number(Point(custom).GetProperty("comparison"), "value"));
        var matched = await service.Json($"{path}&compare=year&match=weekday", key);
        Assert.Equal(
            ("weekday", "2024-03-02"),
            (Text(matched.GetProperty("compare"), "match"), Text(matched.GetProperty("compare"), "from")));
        Assert.Contains("comparison_not_covered", Codes(matched));
        Assert.Equal("2024-03-01", Text((await service.Json($"{path}&compare=year", key)).GetProperty("compare"), "from"));
    }

    [Fact]
    public async Task Without_a_baseline_the_caller_is_told_what_to_do_and_later_it_works()
    {
        await service.Register("unset");
        var key = await service.Key(Scopes.Query, "unset");
        await service.Given("unset", ("lead.created", "lead/1", "2025-03-03T10:00:00", "{}"));
        var path = $"/v1/tenants/unset/kpis?kpi=leads_created&{March}&compare=baseline";
        using var refused = await service.Get(path, key);
        Assert.Equal(400, (int)refused.StatusCode);
        var problem = JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("compare", Text(problem, "parameter"));
        Assert.Contains("PUT /v1/tenants/{tenant}/baseline", Text(problem, "detail"));

        var sequence = await service.Given(
            "unset", ("tenant.baseline_set", "tenant", "2025-04-01T10:00:00", """{"from":"2025-02-01","to":"2025-03-01"}"""));
        Assert.Equal(1m, Number(Point(await service.Json($"{path}&minSequence={sequence}", key)), "value"));
    }

    [Fact]
    public async Task A_target_stands_at_every_point_and_can_be_compared_with()
    {
        var (key, _) = await Tenant(
            "aimed",
            ("tenant.target_set", "tenant", "2025-03-01T00:00:00", """{"kpi":"lead_conversion","value":70,"due":"2025-03-31","start":10}"""),
            ("tenant.target_set", "tenant", "2025-03-01T00:00:00", """{"kpi":"no_such","value":70,"due":"2025-03-31"}"""));
        var answer = await service.Json($"/v1/tenants/aimed/kpis?kpi=lead_conversion,leads_created&{March}&compare=target", key);
        var point = Point(answer);
        Assert.Equal((70m, 85.7142857143m, -10m), (Number(point, "target"), Number(point, "attainment"), Number(point, "change")));
        Assert.Equal(70m, Number(point.GetProperty("comparison"), "value"));
        Assert.False(point.GetProperty("comparison").TryGetProperty("from", out _));
        Assert.Equal(["no_target"], Codes(answer).Where(c => c == "no_target"));
        var days = await service.Json($"/v1/tenants/aimed/kpis?kpi=lead_conversion&{March}&grain=day", key);
        var points = days.GetProperty("kpis")[0].GetProperty("series")[0].GetProperty("points");
        Assert.Equal(Math.Round(10 + 60 * 1m / 31, 10), Number(points[0], "target"));
        Assert.Equal(70m, Number(points[30], "target"));
    }

    [Fact]
    public async Task The_table_has_columns_for_all_of_it()
    {
        var (key, _) = await Tenant(
            "rows", ("tenant.target_set", "tenant", "2025-03-01T00:00:00", """{"kpi":"leads_created","value":20,"due":"2025-03-31","start":20}"""));
        using var response = await service.Get(
            $"/v1/tenants/rows/kpis?kpi=leads_created,lead_conversion&{March}&compare=baseline&format=csv", key);
        var lines = (await response.Content.ReadAsStringAsync()).Split("\r\n");
        Assert.EndsWith("comparison,change,change_percent,scaled,change_low,change_high,p_value,significant,target,attainment", lines[0]);
        Assert.EndsWith(",true,,,,,20,50", lines[1]);
        Assert.Matches(@",50,500,false,14\.\d+,85\.\d+,0\.019\d+,true,,$", lines[2]);
    }

    // Ten leads of November, one of them converted; ten of March, six of them.
    private async Task<(string Key, long Sequence)> Tenant(string tenant, params (string, string, string, string)[] more)
    {
        await service.Register(tenant);
        var events = new List<(string, string, string, string)>
        {
            ("tenant.registered", "tenant", "2024-01-01T00:00:00", """{"name":"Shop","timeZone":"UTC","currency":"EUR","locale":"en"}"""),
            ("tenant.baseline_set", "tenant", "2025-01-01T00:00:00", """{"from":"2024-10-01","to":"2025-01-01"}"""),
        };
        foreach (var (month, converted) in new[] { ("2024-11", 1), ("2025-03", 6) })
            for (var i = 0; i < 10; i++)
            {
                events.Add(("lead.created", $"lead/{month}-{i}", $"{month}-05T10:00:00", "{}"));
                if (i < converted)
                    events.Add(("lead.converted", $"lead/{month}-{i}", $"{month}-06T10:00:00", """{"customer":"c"}"""));
            }
        return (await service.Key(Scopes.Query, tenant), await service.Given(tenant, [.. events, .. more]));
    }

    private static JsonElement Point(JsonElement answer) =>
        answer.GetProperty("kpis")[0].GetProperty("series")[0].GetProperty("points")[0];

    private static IEnumerable<string?> Codes(JsonElement answer) =>
        answer.GetProperty("warnings").EnumerateArray().Select(w => Text(w, "code"));

    private static decimal Number(JsonElement element, string name) => element.GetProperty(name).GetDecimal();

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
