using System.Text.Json;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Services.Tests.Query;

/// <summary>Numbers that a query gives in place of what the data say.</summary>
public sealed class InputHttpTests(QueryService service) : IClassFixture<QueryService>
{
    private const string Kpi = "kpi=lost_sales_cost&from=2025-03-01&to=2025-04-01";

    // A deal of 500, four leads, of three closed one lost by the company itself.
    private static readonly (string, string, string, string)[] History =
    [
        ("tenant.registered", "tenant", "2025-01-01T00:00:00", """{"name":"Shop","timeZone":"UTC","currency":"EUR","locale":"en"}"""),
        .. Enumerable.Range(1, 4).Select(i => ("lead.created", $"lead/{i}", "2025-03-03T10:00:00", """{"source":"ads"}""")),
        ("lead.lost", "lead/1", "2025-03-08T10:00:00", """{"cause":"organisational"}"""),
        ("lead.lost", "lead/2", "2025-03-08T10:00:00", """{"cause":"price"}"""),
        ("deal.won", "deal/1", "2025-03-13T10:00:00", """{"lead":"3","manager":"ann","amount":{"amount":"500","currency":"EUR"}}"""),
    ];

    [Fact]
    public async Task Values_show_what_each_input_was_and_where_it_came_from()
    {
        var key = await Given("inputs");
        var measured = (await service.Json($"/v1/tenants/inputs/kpis?{Kpi}", key)).GetProperty("kpis")[0];
        Assert.Equal(
            ["price money measured", "demand count measured", "shortfall % measured", "fulfilment % assumed"], Inputs(measured));
        Assert.Equal(
            (500m, 4m, 33.3333333333m, 100m), Values(Point(measured).GetProperty("inputs")));
        Assert.Equal(666.6666666667m, Number(Point(measured), "value"));

        var answer = await service.Json(
            $"/v1/tenants/inputs/kpis?{Kpi}&input=lost_sales_cost.price:1200,lost_sales_cost.shortfall:25"
            + "&input=lost_sales_cost.demand:300.50", key);
        var given = answer.GetProperty("kpis")[0];
        Assert.Equal(["price money given", "demand count given", "shortfall % given", "fulfilment % assumed"], Inputs(given));
        Assert.Equal((1_200m, 300.5m, 25m, 100m), Values(Point(given).GetProperty("inputs")));
        Assert.Equal(90_150m, Number(Point(given), "value"));
        Assert.Contains("inputs_given", Warnings(answer));
    }

    [Fact]
    public async Task Answers_with_other_inputs_are_other_answers_and_equal_ones_are_one()
    {
        var key = await Given("cached");
        foreach (var (input, value) in new[]
        {
            ("", 666.6666666667m), ("&input=lost_sales_cost.fulfilment:50", 333.3333333333m),
            ("&input=lost_sales_cost.fulfilment:50.000", 333.3333333333m), ("&input=lost_sales_cost.fulfilment:0", 0m),
            ("&input=lost_sales_cost.price:50", 66.6666666667m), ("", 666.6666666667m),
        })
        {
            var answer = await service.Json($"/v1/tenants/cached/kpis?{Kpi}{input}", key);
            Assert.Equal(value, Number(Point(answer.GetProperty("kpis")[0]), "value"));
        }
    }

    [Fact]
    public async Task Groups_parts_and_the_period_compared_with_take_what_is_given()
    {
        var key = await Given("parts");
        var answer = await service.Json(
            "/v1/tenants/parts/kpis?kpi=lost_sales_cost&from=2025-03-01&to=2025-05-01&grain=month&groupBy=manager&compare=custom"
            + "&compareFrom=2025-03-01&compareTo=2025-05-01&input=lost_sales_cost.demand:6&input=lost_sales_cost.shortfall:50", key);
        var points = answer.GetProperty("kpis")[0].GetProperty("series").EnumerateArray()
            .Single(s => s.GetProperty("group").GetProperty("manager").GetString() == "ann").GetProperty("points");
        Assert.Equal(2, points.GetArrayLength());
        Assert.Equal(1_500m, Number(points[0], "value")); // 500 × 6 × 50 %
        Assert.Equal(1_500m, Number(points[0].GetProperty("comparison"), "value"));
        Assert.Equal((500m, 6m, 50m, 100m), Values(points[0].GetProperty("comparison").GetProperty("inputs")));
        Assert.Equal(JsonValueKind.Null, points[1].GetProperty("value").ValueKind); // no deal in April, no price
        Assert.Equal(JsonValueKind.Null, points[1].GetProperty("inputs").GetProperty("price").ValueKind);
    }

    [Fact]
    public async Task A_table_has_a_column_of_inputs_where_there_are_any()
    {
        var key = await Given("table-of-inputs");
        using var csv = await service.Get(
            $"/v1/tenants/table-of-inputs/kpis?{Kpi}&format=csv&input=lost_sales_cost.price:1200", key);
        var lines = (await csv.Content.ReadAsStringAsync()).Split("\r\n");
        Assert.EndsWith(",attainment,inputs", lines[0]);
        Assert.EndsWith(
            "price=1200 given; demand=4 measured; shortfall=33.3333333333 measured; fulfilment=100 assumed", lines[1]);
        using var others = await service.Get("/v1/tenants/table-of-inputs/kpis?kpi=revenue&format=csv", key);
        Assert.EndsWith(",attainment", (await others.Content.ReadAsStringAsync()).Split("\r\n")[0]);
    }

    [Theory]
    [InlineData("en", "Unit price: the average deal size")]
    [InlineData("ru", "Цена единицы: средний чек")]
    public async Task An_explanation_and_the_catalogue_describe_the_inputs(string lang, string meaning)
    {
        var tenant = $"described-{lang}";
        var key = await Given(tenant);
        var answer = await service.Json(
            $"/v1/tenants/{tenant}/explain?{Kpi}&lang={lang}&input=lost_sales_cost.shortfall:25", key);
        Assert.Equal("500 ÷ 1 × 4 × 0.25 × 1", answer.GetProperty("calculation").GetString());
        Assert.Equal(500m, Number(answer, "value"));
        var inputs = answer.GetProperty("inputs").EnumerateArray().ToList();
        Assert.Equal(meaning, inputs[0].GetProperty("meaning").GetString());
        Assert.Equal("sum(deals_won) ÷ priced(deals_won)", inputs[0].GetProperty("formula").GetString());
        Assert.Equal([500m, 4, 25, 100], inputs.Select(i => Number(i, "value")));
        Assert.Equal(
            ["measured", "measured", "given", "assumed"], inputs.Select(i => i.GetProperty("origin").GetString()));
        Assert.Contains("inputs_given", Warnings(answer));
        // Its readings can be explained: the leads that stand behind the demand.
        var facts = (await service.Json($"/v1/tenants/{tenant}/explain?{Kpi}&reading=2", key)).GetProperty("facts");
        Assert.Equal(4, facts.GetProperty("items").GetArrayLength());

        var catalogue = (await service.Json($"/v1/kpis?lang={lang}", key)).GetProperty("kpis").EnumerateArray().ToList();
        var described = catalogue.Single(k => k.GetProperty("id").GetString() == "lost_sales_cost").GetProperty("inputs");
        Assert.Equal(4, described.GetArrayLength());
        Assert.Equal(meaning, described[0].GetProperty("meaning").GetString());
        Assert.Equal((0m, 100m), (Number(described[2], "min"), Number(described[2], "max")));
        Assert.Empty(catalogue.Single(k => k.GetProperty("id").GetString() == "win_rate").GetProperty("inputs").EnumerateArray());
    }

    [Theory]
    [InlineData("lost_sales_cost.prise:5", "no input 'prise'. Did you mean 'lost_sales_cost.price'?")]
    [InlineData("lost_sales_cost.:5", "no input ''")]
    [InlineData("win_rate.price:5", "'win_rate' has no inputs")]
    [InlineData("revenue.price:5", "'kpi' does not name 'revenue'")]
    [InlineData("price:5", "written as KPI and name")]
    [InlineData("", "written as KPI and name")]
    [InlineData("lost_sales_cost.price", "has no value")]
    [InlineData("lost_sales_cost.price:", "must be a number from 0 to")]
    [InlineData("lost_sales_cost.price:many", "it is 'many'")]
    [InlineData("lost_sales_cost.price:1e3", "it is '1e3'")]
    [InlineData("lost_sales_cost.price:-1", "must be a number from 0 to")]
    [InlineData("lost_sales_cost.price:NaN", "must be a number from 0 to")]
    [InlineData("lost_sales_cost.price:1000000000001", "must be a number from 0 to 1000000000000")]
    [InlineData("lost_sales_cost.demand:1000000001", "from 0 to 1000000000")]
    [InlineData("lost_sales_cost.shortfall:100.1", "from 0 to 100")]
    [InlineData("lost_sales_cost.fulfilment:101", "from 0 to 100")]
    [InlineData("lost_sales_cost.price:1,lost_sales_cost.price:2", "given twice")]
    public async Task What_cannot_be_given_is_refused(string input, string detail)
    {
        var key = await Empty("refused-inputs");
        foreach (var route in new[] { $"kpis?{Kpi}&kpi=win_rate", $"explain?{Kpi}" })
        {
            using var response = await service.Get($"/v1/tenants/refused-inputs/{route}&input={input}", key);
            var problem = await response.Problem(400, "bad_parameter");
            Assert.Equal("input", problem.GetProperty("parameter").GetString());
            if (route.StartsWith("kpis", StringComparison.Ordinal))
                Assert.Contains(detail, problem.GetProperty("detail").GetString());
            if (!detail.Contains("value", StringComparison.Ordinal) && !detail.Contains("from 0", StringComparison.Ordinal)
                && !detail.Contains("it is", StringComparison.Ordinal) && !detail.Contains("twice", StringComparison.Ordinal))
                Assert.Contains("lost_sales_cost.fulfilment", problem.GetProperty("allowed").EnumerateArray().Select(a => a.GetString()));
        }
    }

    [Fact]
    public async Task With_all_inputs_given_there_is_nothing_to_list()
    {
        var key = await Empty("all-given");
        var all = "&input=" + string.Join(',', new[] { "price:10", "demand:20", "shortfall:50", "fulfilment:100" }
            .Select(i => $"lost_sales_cost.{i}"));
        var answer = await service.Json($"/v1/tenants/all-given/explain?{Kpi}{all}", key);
        Assert.Equal((100m, "10 × 20 × 0.5 × 1"), (Number(answer, "value"), answer.GetProperty("calculation").GetString()));
        Assert.Empty(answer.GetProperty("facts").GetProperty("items").EnumerateArray());
        using var response = await service.Get($"/v1/tenants/all-given/explain?{Kpi}{all}&reading=0", key);
        Assert.Equal("reading", (await response.Problem(400, "bad_parameter")).GetProperty("parameter").GetString());
    }

    private async Task<string> Given(string tenant)
    {
        var key = await Empty(tenant);
        await service.Given(tenant, History);
        return key;
    }

    private async Task<string> Empty(string tenant)
    {
        await service.Register(tenant);
        return await service.Key(Scopes.Query, tenant);
    }

    private static JsonElement Point(JsonElement kpi) => kpi.GetProperty("series")[0].GetProperty("points")[0];

    private static IEnumerable<string> Inputs(JsonElement kpi) => kpi.GetProperty("inputs").EnumerateArray()
        .Select(i => $"{i.GetProperty("name")} {i.GetProperty("unit")} {i.GetProperty("origin")}");

    private static (decimal, decimal, decimal, decimal) Values(JsonElement inputs) => (
        Number(inputs, "price"), Number(inputs, "demand"), Number(inputs, "shortfall"), Number(inputs, "fulfilment"));

    private static decimal Number(JsonElement element, string name) => element.GetProperty(name).GetDecimal();

    private static IEnumerable<string?> Warnings(JsonElement answer) =>
        answer.GetProperty("warnings").EnumerateArray().Select(w => w.GetProperty("code").GetString());
}
