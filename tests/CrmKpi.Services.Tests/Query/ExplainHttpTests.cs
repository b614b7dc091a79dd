using System.Globalization;
using System.Net;
using System.Text.Json;
using CrmKpi.Domain.Kpis;
using CrmKpi.Postgres.Control;
using CrmKpi.Testing;

namespace CrmKpi.Services.Tests.Query;

public sealed class ExplainHttpTests(QueryService service) : IClassFixture<QueryService>
{
    private const string March = "from=2025-03-01&to=2025-04-01";

    private static readonly (string, string, string, string)[] History =
    [
        ("tenant.registered", "tenant", "2025-01-01T00:00:00", """{"name":"Shop","timeZone":"UTC","currency":"EUR","locale":"en","inactivityDays":90}"""),
        ("lead.created", "lead/1", "2025-03-03T10:00:00", """{"source":"ads"}"""),
        ("deal.created", "deal/1", "2025-03-05T10:00:00", """{"lead":"1","customer":"c1","pipeline":"main","stage":"new","manager":"ann"}"""),
        ("deal.won", "deal/1", "2025-03-13T10:00:00", """{"amount":{"amount":"1054.50","currency":"EUR"}}"""),
        ("deal.created", "deal/2 +x", "2025-03-06T10:00:00", """{"customer":"c2","pipeline":"main","stage":"new","manager":"=bob"}"""),
        ("deal.won", "deal/2 +x", "2025-03-16T10:00:00", """{"amount":{"amount":"200","currency":"EUR"}}"""),
        ("deal.created", "deal/3", "2025-03-07T10:00:00", """{"pipeline":"main","stage":"new","manager":"ann"}"""),
        ("deal.lost", "deal/3", "2025-03-08T10:00:00", """{"reason":"price"}"""),
    ];

    [Fact]
    public async Task A_value_comes_with_its_formula_its_readings_and_the_settings_used()
    {
        var key = await Given("whole", History);
        var answer = await service.Json($"/v1/tenants/whole/explain?kpi=average_deal_size&{March}", key);

        Assert.Equal(627.25m, Number(answer, "value"));
        Assert.Equal((1254.5m, 2m), (Number(answer, "numerator"), Number(answer, "denominator")));
        Assert.Equal("1254.5 ÷ 2", answer.GetProperty("calculation").GetString());
        Assert.StartsWith("sum(deals_won) ÷", answer.GetProperty("formula").GetString());
        Assert.Equal("average_deal_size", answer.GetProperty("kpi").GetProperty("id").GetString());
        Assert.Contains("null", answer.GetProperty("kpi").GetProperty("zeroRule").GetString());
        Assert.Equal(("UTC", "EUR"), (Text(answer.GetProperty("settings"), "timeZone"), Text(answer.GetProperty("settings"), "currency")));
        Assert.Equal(["money", "count"], answer.GetProperty("readings").EnumerateArray().Select(r => Text(r, "unit")));
        Assert.Equal([0], answer.GetProperty("facts").GetProperty("readings").EnumerateArray().Select(r => r.GetInt32()));

        var facts = Items(answer);
        Assert.Equal(["deal/1", "deal/2 +x"], facts.Select(f => Text(f, "stream")));
        Assert.Equal(("2025-03-13", 1054.5m, "ann", "ads"), (
            Text(facts[0], "day"), Number(facts[0], "adds"), Text(facts[0].GetProperty("dimensions"), "manager"),
            Text(facts[0].GetProperty("dimensions"), "source")));
        Assert.Equal("/v1/tenants/whole/events?stream=deal%2F2%20%2Bx", Text(facts[1], "events"));
        var retention = await service.Json($"/v1/tenants/whole/explain?kpi=retention_rate&{March}", key);
        Assert.Equal(90, retention.GetProperty("settings").GetProperty("inactivityDays").GetInt32());
    }

    [Theory]
    [InlineData("kpi=win_rate", "deal/1,deal/2 +x")]
    [InlineData("kpi=win_rate&part=denominator", "deal/1,deal/2 +x,deal/3")]
    [InlineData("kpi=win_rate&reading=1", "deal/3")]
    [InlineData("kpi=win_rate&filter=manager:ann", "deal/1")]
    [InlineData("kpi=revenue&filter=manager:nobody", "")]
    [InlineData("kpi=active_customers", "customer/c1,customer/c2")]
    public async Task The_part_the_reading_and_the_group_choose_the_facts(string query, string streams)
    {
        var tenant = $"choice{query.Length}";
        var key = await Given(tenant, History);
        var answer = await service.Json($"/v1/tenants/{tenant}/explain?{query}&{March}", key);
        Assert.Equal(streams, string.Join(',', Items(answer).Select(f => Text(f, "stream"))));
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("nextPage").ValueKind);
    }

    [Fact]
    public async Task The_facts_of_all_pages_add_up_to_what_kpis_answers()
    {
        var events = SampleHistory.Events(700, seed: 5).Select(e => (
            e.Type, e.Subject, e.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff", CultureInfo.InvariantCulture), e.Data)).ToArray();
        var key = await Given("sums", [History[0] with { Item4 = """{"timeZone":"Europe/Moscow","currency":"RUB"}""" }, .. events]);
        var facts = 0;
        foreach (var output in Catalogue.All.Select(k => Catalogue.Resolve(k.Id)!))
            foreach (var (from, filter) in new[] { ("2024-03-01", ""), ("2024-09-01", Filter(output)) })
            {
                var query = $"kpi={output.Id}&from={from}&to=2025-01-15{filter}";
                var point = (await service.Json($"/v1/tenants/sums/kpis?{query}&groupBy=none", key)).GetProperty("kpis")[0]
                    .GetProperty("series")[0].GetProperty("points")[0];
                var first = await service.Json($"/v1/tenants/sums/explain?{query}", key);
                Assert.Equal(point.GetProperty("value").ToString(), first.GetProperty("value").ToString());
                foreach (var reading in first.GetProperty("readings").EnumerateArray())
                    facts += await AssertSum("sums", query, reading, key);
            }
        Assert.InRange(facts, 1_000, int.MaxValue);
    }

    [Fact]
    public async Task Pages_go_on_within_an_entity_and_name_each_fact_once()
    {
        var purchases = Enumerable.Range(1, 9).Select(i => (
            "purchase.made", $"customer/c{i % 2}", $"2025-03-{i:00}T10:00:00",
            $$$"""{"purchase":"p{{{i}}}","amount":{"amount":"{{{i}}}","currency":"EUR"}}"""));
        var key = await Given("pages", [History[0] with { Item4 = """{"currency":"EUR","purchaseSource":"payments"}""" }, .. purchases]);
        var (amounts, pages) = await Pages($"/v1/tenants/pages/explain?kpi=aov&{March}&limit=2", key);
        Assert.Equal([2m, 4, 6, 8, 1, 3, 5, 7, 9], amounts.Select(f => Number(f, "adds")));
        Assert.Equal(5, pages);
    }

    [Fact]
    public async Task New_events_between_two_pages_are_told()
    {
        var key = await Given("moved", History);
        var path = $"/v1/tenants/moved/explain?kpi=deals_won&{March}&limit=1";
        var first = await service.Json(path, key);
        var sequence = await service.Given("moved", ("deal.won", "deal/0", "2025-03-20T10:00:00", """{"amount":{"amount":"5","currency":"EUR"}}"""));
        var second = await service.Json($"{path}&minSequence={sequence}&page={Text(first, "nextPage")}", key);
        Assert.DoesNotContain("facts_changed", Warnings(first));
        Assert.Contains("facts_changed", Warnings(second));
        Assert.Equal((sequence, 3m), (second.GetProperty("sequence").GetInt64(), Number(second, "value")));
        Assert.Equal("deal/2 +x", Text(Items(second).Single(), "stream"));
    }

    [Fact]
    public async Task Facts_come_as_csv_without_formulas()
    {
        var key = await Given("table", History);
        using var response = await service.Get($"/v1/tenants/table/explain?kpi=revenue&{March}&limit=1&format=csv", key);
        var lines = (await response.Content.ReadAsStringAsync()).Split("\r\n");
        Assert.StartsWith("kpi,reading,reads,stream,measure,day,bucket,count,value,milliseconds,rate,adds,manager,pipeline,source,events", lines[0]);
        Assert.StartsWith("revenue,0,sum(deals_won),deal/1,deals_won,2025-03-13,,1,1054.5,,,1054.5,ann,main,ads,/v1/", lines[1]);
        var next = response.Headers.GetValues("CrmKpi-Next-Page").Single();
        using var second = await service.Get($"/v1/tenants/table/explain?kpi=revenue&{March}&limit=1&page={next}", key, "text/csv");
        Assert.Contains(",'=bob,", await second.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_tenant_without_events_has_no_facts()
    {
        await service.Register("blank");
        var answer = await service.Json("/v1/tenants/blank/explain?kpi=lead_conversion&lang=ru", await service.Key(Scopes.Query, "blank"));
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("value").ValueKind);
        Assert.Empty(Items(answer));
        Assert.Equal("Конверсия лидов", answer.GetProperty("kpi").GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("", "kpi")]
    [InlineData("kpi=revenu", "kpi")]
    [InlineData("kpi=revenue,win_rate", "kpi")]
    [InlineData("kpi=revenue&part=numerator", "part")]
    [InlineData("kpi=win_rate&part=both", "part")]
    [InlineData("kpi=win_rate&part=numerator&reading=0", "part")]
    [InlineData("kpi=win_rate&reading=2", "reading")]
    [InlineData("kpi=win_rate&reading=-1", "reading")]
    [InlineData("kpi=win_rate&page=abc", "page")]
    [InlineData("kpi=win_rate&page=Z3wx", "page")]
    [InlineData("kpi=win_rate&limit=0", "limit")]
    [InlineData("kpi=win_rate&limit=1001", "limit")]
    [InlineData("kpi=win_rate&filter=category:x", "filter")]
    [InlineData("kpi=win_rate&groupBy=manager", "groupBy")]
    [InlineData("kpi=win_rate&from=2025-03-02&to=2025-03-01", "from")]
    public async Task Wrong_parameters_are_named(string query, string parameter)
    {
        await service.Register("wrong");
        using var response = await service.Get($"/v1/tenants/wrong/explain?{query}", await service.Key(Scopes.Query, "wrong"));
        Assert.Equal(parameter, (await response.Problem(400, "bad_parameter")).GetProperty("parameter").GetString());
    }

    [Fact]
    public async Task Another_tenants_key_finds_nothing_not_even_with_a_foreign_page()
    {
        var mine = await Given("explain-mine", [History[0]]);
        var theirs = await Given("explain-theirs", History);
        var path = $"explain?kpi=revenue&{March}&limit=1";
        using var foreign = await service.Get($"/v1/tenants/explain-theirs/{path}", mine);
        using var unknown = await service.Get($"/v1/tenants/explain-nobody/{path}", mine);
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        Assert.Equal(await unknown.Content.ReadAsStringAsync(), await foreign.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, (await service.Get($"/v1/tenants/explain-theirs/{path}", null)).StatusCode);

        var page = Text(await service.Json($"/v1/tenants/explain-theirs/{path}", theirs), "nextPage");
        Assert.Empty(Items(await service.Json($"/v1/tenants/explain-mine/{path}&page={page}", mine)));
    }

    private async Task<int> AssertSum(string tenant, string query, JsonElement reading, string key)
    {
        var (facts, _) = await Pages($"/v1/tenants/{tenant}/explain?{query}&reading={reading.GetProperty("index")}&limit=150", key);
        var text = $"{query}: {Text(reading, "reads")}";
        var value = reading.GetProperty("value");
        if (Text(reading, "reads") is "period_days" or "payback_months")
        {
            Assert.Empty(facts);
            return 0;
        }
        if (Text(reading, "reads")!.StartsWith("quantile", StringComparison.Ordinal))
        {
            Assert.True(value.ValueKind == JsonValueKind.Null == (facts.Count == 0), text);
            return facts.Count;
        }
        // Durations are listed in milliseconds too, since in days or minutes each is rounded.
        var divisor = Text(reading, "unit") switch { "minutes" => 60_000m, "days" => 86_400_000m, _ => 0 };
        var sum = divisor > 0 && facts.TrueForAll(f => f.TryGetProperty("milliseconds", out _))
            ? decimal.Round(facts.Sum(f => Number(f, "milliseconds")) / divisor, 10)
            : facts.Sum(f => Number(f, "adds"));
        Assert.True((value.ValueKind == JsonValueKind.Null ? 0 : value.GetDecimal()) == sum, $"{text}: {value} and {sum}");
        return facts.Count;
    }

    private async Task<(List<JsonElement> Facts, int Pages)> Pages(string path, string key)
    {
        var facts = new List<JsonElement>();
        var page = "";
        for (var pages = 1; ; pages++)
        {
            var answer = await service.Json(path + page, key);
            facts.AddRange(Items(answer));
            if (Text(answer, "nextPage") is not { } next)
                return (facts, pages);
            page = $"&page={next}";
        }
    }

    private async Task<string> Given(string tenant, params (string, string, string, string)[] history)
    {
        await service.Register(tenant);
        await service.Given(tenant, history);
        return await service.Key(Scopes.Query, tenant);
    }

    private static string Filter(KpiOutput output) =>
        (output.Kpi.Dimensions & Domain.Cube.Dimensions.Source) != 0 ? "&filter=source:ads,(blank)" : "";

    private static List<JsonElement> Items(JsonElement answer) => [.. answer.GetProperty("facts").GetProperty("items").EnumerateArray()];

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static decimal Number(JsonElement element, string name) => element.GetProperty(name).GetDecimal();

    private static IEnumerable<string?> Warnings(JsonElement answer) =>
        answer.GetProperty("warnings").EnumerateArray().Select(w => Text(w, "code"));
}
