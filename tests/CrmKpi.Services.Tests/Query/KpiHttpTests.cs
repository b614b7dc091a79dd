using System.Net;
using System.Text.Json;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Services.Tests.Query;

public sealed class KpiHttpTests(QueryService service) : IClassFixture<QueryService>
{
    private const string March = "from=2025-03-01&to=2025-04-01";

    private static readonly (string, string, string, string)[] History =
    [
        ("tenant.registered", "tenant", "2025-01-01T00:00:00", """{"name":"Shop","timeZone":"Europe/Berlin","currency":"EUR","locale":"en"}"""),
        ("lead.created", "lead/1", "2025-03-03T10:00:00", """{"source":"ads","manager":"ann"}"""),
        ("lead.created", "lead/2", "2025-03-03T11:00:00", """{"source":"ads","manager":"bob"}"""),
        ("lead.created", "lead/3", "2025-03-04T11:00:00", """{"source":"=1+1","manager":"ann"}"""),
        ("lead.created", "lead/4", "2025-03-31T22:30:00", """{"source":"ads"}"""), // already April in Berlin
        ("deal.created", "deal/1", "2025-03-05T10:00:00", """{"lead":"1","customer":"c1","pipeline":"main","stage":"new"}"""),
        ("deal.won", "deal/1", "2025-03-13T10:00:00", """{"amount":{"amount":"1054.00","currency":"EUR"}}"""),
        ("deal.created", "deal/2", "2025-03-06T10:00:00", """{"lead":"2","customer":"c2","pipeline":"main","stage":"new"}"""),
        ("deal.lost", "deal/2", "2025-03-07T10:00:00", """{"reason":"price","amount":{"amount":"46.00","currency":"EUR"}}"""),
    ];

    [Fact]
    public async Task Kpis_of_a_history_come_out_with_all_that_stands_behind_them()
    {
        var key = await Tenant("whole");
        var sequence = await service.Given("whole", History);
        var answer = await service.Json($"/v1/tenants/whole/kpis?kpi=lead_conversion,revenue,sales_cycle,win_rate&{March}", key);

        Assert.Equal(
            (0, sequence, "EUR", "Europe/Berlin", "2025-03-01", "2025-04-01"),
            (answer.GetProperty("lag").GetInt64(), answer.GetProperty("sequence").GetInt64(), answer.GetProperty("currency").GetString(),
                answer.GetProperty("timeZone").GetString(), answer.GetProperty("from").GetString(), answer.GetProperty("to").GetString()));
        var conversion = Point(answer, 0);
        Assert.Equal((1m, 3m, 3m), (Number(conversion, "numerator"), Number(conversion, "denominator"), Number(conversion, "n")));
        Assert.Equal(33.3333333333m, Number(conversion, "value"));
        Assert.InRange(33.3m, Number(conversion.GetProperty("interval"), "low"), Number(conversion.GetProperty("interval"), "high"));
        Assert.Equal(1054m, Number(Point(answer, 1), "value"));
        Assert.Equal(10m, Number(Point(answer, 2), "value"));
        Assert.Equal(50m, Number(Point(answer, 3), "value"));
        Assert.Equal("Lead conversion", answer.GetProperty("kpis")[0].GetProperty("name").GetString());
        Assert.Equal("%", answer.GetProperty("kpis")[0].GetProperty("unit").GetString());
    }

    [Fact]
    public async Task A_later_event_changes_the_answer_at_once_for_who_waits_for_it()
    {
        var key = await Tenant("later");
        await service.Given("later", History);
        var path = $"/v1/tenants/later/kpis?kpi=leads_created&{March}";
        Assert.Equal(3m, Number(Point(await service.Json(path, key), 0), "value"));
        Assert.Equal(3m, Number(Point(await service.Json(path, key), 0), "value"));

        var sequence = await service.Given("later", ("lead.created", "lead/9", "2025-03-09T10:00:00", "{}"));
        Assert.Equal(4m, Number(Point(await service.Json($"{path}&minSequence={sequence}", key), 0), "value"));
    }

    [Fact]
    public async Task What_is_not_projected_yet_is_the_lag_and_waiting_for_it_ends()
    {
        var key = await Tenant("behind");
        await service.Given("behind", History);
        var sequence = await service.Append("behind", ("lead.created", "lead/9", "2025-03-09T10:00:00", "{}"));
        var path = $"/v1/tenants/behind/kpis?kpi=leads_created&{March}";
        Assert.Equal(1, (await service.Json(path, key)).GetProperty("lag").GetInt64());

        using var late = await service.Get($"{path}&minSequence={sequence}", key);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, late.StatusCode);
        Assert.NotNull(late.Headers.RetryAfter);
        var problem = await Problem(late);
        Assert.Equal("sequence_not_reached", problem.GetProperty("code").GetString());
        Assert.Equal("minSequence", problem.GetProperty("parameter").GetString());
    }

    [Fact]
    public async Task Groups_and_filters_and_comparison()
    {
        var key = await Tenant("split");
        await service.Given("split", History);
        var grouped = await service.Json($"/v1/tenants/split/kpis?kpi=leads_created&{March}&groupBy=source&compare=previous", key);
        var series = grouped.GetProperty("kpis")[0].GetProperty("series");
        Assert.Equal(["ads", "=1+1"], series.EnumerateArray().Select(s => s.GetProperty("group").GetProperty("source").GetString()));
        Assert.Equal("2025-02-01", grouped.GetProperty("compare").GetProperty("from").GetString());
        Assert.Equal(2m, Number(series[0].GetProperty("points")[0], "change"));
        Assert.Equal(JsonValueKind.Null, series[0].GetProperty("points")[0].GetProperty("changePercent").ValueKind);

        var filtered = await service.Json($"/v1/tenants/split/kpis?kpi=leads_created&{March}&filter=source:ads;manager:ann,bob", key);
        Assert.Equal(2m, Number(Point(filtered, 0), "value"));
        var days = await service.Json($"/v1/tenants/split/kpis?kpi=leads_created&{March}&grain=week", key);
        Assert.Equal(
            [0m, 3, 0, 0, 0, 0],
            days.GetProperty("kpis")[0].GetProperty("series")[0].GetProperty("points").EnumerateArray().Select(p => Number(p, "value")));
    }

    [Fact]
    public async Task Pages_go_on_where_the_last_one_ended()
    {
        var key = await Tenant("pages");
        await service.Given("pages", History);
        var path = $"/v1/tenants/pages/kpis?kpi=leads_created&{March}&groupBy=source&limit=1";
        var first = await service.Json(path, key);
        var second = await service.Json($"{path}&page={first.GetProperty("nextPage").GetString()}", key);

        Assert.Equal("ads", Group(first));
        Assert.Equal("=1+1", Group(second));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("nextPage").ValueKind);

        static string? Group(JsonElement answer) =>
            answer.GetProperty("kpis")[0].GetProperty("series")[0].GetProperty("group").GetProperty("source").GetString();
    }

    [Fact]
    public async Task Csv_comes_on_request_and_names_cannot_become_formulas()
    {
        var key = await Tenant("table");
        await service.Given("table", History);
        using var response = await service.Get(
            $"/v1/tenants/table/kpis?kpi=leads_created&{March}&groupBy=source&delimiter=%3B&bom=true", key, "text/csv");
        var lines = (await response.Content.ReadAsStringAsync()).Split("\r\n");

        Assert.Equal("text/csv", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal([0xEF, 0xBB, 0xBF], (await response.Content.ReadAsByteArrayAsync())[..3]);
        Assert.StartsWith("kpi;name;unit;source;from;to;partial;value;", lines[0].TrimStart('\uFEFF'));
        Assert.StartsWith("leads_created;Leads created;count;ads;2025-03-01;2025-04-01;false;2;", lines[1]);
        Assert.StartsWith("leads_created;Leads created;count;'=1+1;", lines[2]);
        Assert.Equal("0", response.Headers.GetValues("CrmKpi-Lag").Single());
    }

    [Fact]
    public async Task A_tenant_without_events_gets_an_answer_without_values()
    {
        var key = await Tenant("empty");
        var answer = await service.Json("/v1/tenants/empty/kpis?kpi=lead_conversion,leads_created&lang=ru", key);
        Assert.Equal(("2025-04-01", "2025-05-01"), (answer.GetProperty("from").GetString(), answer.GetProperty("to").GetString()));
        Assert.Equal(JsonValueKind.Null, Point(answer, 0).GetProperty("value").ValueKind);
        Assert.Equal(0m, Number(Point(answer, 1), "value"));
        Assert.Equal("no_data", answer.GetProperty("warnings")[0].GetProperty("code").GetString());
        Assert.Equal("Конверсия лидов", answer.GetProperty("kpis")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_tenant_answers_only_to_its_own_keys()
    {
        var mine = await Tenant("mine");
        await Tenant("theirs");
        var path = "/v1/tenants/theirs/kpis?kpi=leads_created";
        Assert.Equal(HttpStatusCode.Unauthorized, (await service.Get(path, null)).StatusCode);
        using var foreign = await service.Get(path, mine);
        using var unknown = await service.Get("/v1/tenants/nobody/kpis?kpi=leads_created", mine);
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        Assert.Equal(await unknown.Content.ReadAsStringAsync(), await foreign.Content.ReadAsStringAsync());
        var ingest = await service.Key(Scopes.Ingest, "theirs");
        Assert.Equal(HttpStatusCode.Forbidden, (await service.Get(path, ingest)).StatusCode);
    }

    [Fact]
    public async Task The_catalogue_describes_itself_in_two_languages()
    {
        await service.Register("any");
        var key = await service.Key(Scopes.Ingest, "any");
        var english = await service.Json("/v1/kpis", key);
        var russian = await service.Json("/v1/kpis?lang=ru", key);
        var kpi = english.GetProperty("kpis").EnumerateArray().Single(k => k.GetProperty("id").GetString() == "sales_cycle");
        Assert.Equal("sum(sales_cycle) ÷ sales_cycle", kpi.GetProperty("formula").GetString());
        Assert.Equal(
            ["sales_cycle.mean", "sales_cycle.median", "sales_cycle.p90"],
            kpi.GetProperty("statistics").EnumerateArray().Select(s => s.GetProperty("id").GetString()));
        Assert.Contains("pipeline", kpi.GetProperty("dimensions").EnumerateArray().Select(d => d.GetString()));
        Assert.Equal(english.GetProperty("kpis").GetArrayLength(), russian.GetProperty("kpis").GetArrayLength());
        Assert.Equal("Конверсия лидов", russian.GetProperty("kpis")[0].GetProperty("name").GetString());
    }

    private async Task<string> Tenant(string tenant)
    {
        await service.Register(tenant);
        return await service.Key(Scopes.Query, tenant);
    }

    private static JsonElement Point(JsonElement answer, int kpi) =>
        answer.GetProperty("kpis")[kpi].GetProperty("series")[0].GetProperty("points")[0];

    private static decimal Number(JsonElement element, string name) => element.GetProperty(name).GetDecimal();

    private static async Task<JsonElement> Problem(HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }
}
