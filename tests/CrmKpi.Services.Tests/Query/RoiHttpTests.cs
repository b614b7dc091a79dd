using System.Text.Json;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Services.Tests.Query;

public sealed class RoiHttpTests(QueryService service) : IClassFixture<QueryService>
{
    private const string Year = "from=2024-01-01&to=2025-01-01";

    private static readonly (string, string, string, string)[] History =
    [
        ("tenant.registered", "tenant", "2023-01-01T00:00:00", """{"name":"Shop","timeZone":"UTC","currency":"RUB","locale":"en"}"""),
        ("tenant.crm_launched", "tenant", "2023-01-01T00:00:01", """{"date":"2024-01-01"}"""),
        ("cost.recorded", "cost/1", "2024-01-01T00:00:00",
            """{"category":"license","amount":360000,"period":{"from":"2024-01-01","to":"2024-12-31"}}"""),
        ("cost.recorded", "cost/2", "2024-01-10T00:00:00", """{"category":"implementation","amount":200000}"""),
        ("cost.recorded", "cost/3", "2024-02-01T00:00:00", """{"category":"training","amount":80000}"""),
        ("cost.recorded", "cost/4", "2024-02-01T00:00:00", """{"category":"marketing","amount":5000000}"""),
        ("benefit.recorded", "benefit/1", "2024-04-30T00:00:00", """{"category":"extra_sales","amount":300000}"""),
        ("benefit.recorded", "benefit/2", "2024-05-31T00:00:00", """{"category":"extra_sales","amount":1500000}"""),
        ("benefit.recorded", "benefit/3", "2024-12-31T00:00:00",
            """{"category":"time_saved","amount":400000,"period":{"from":"2024-07-01","to":"2024-12-31"}}"""),
        ("benefit.recorded", "benefit/4", "2024-12-31T00:00:00", """{"category":"marketing_saved","amount":200000}"""),
    ];

    [Fact]
    public async Task The_worked_figures_of_the_method_come_out()
    {
        var key = await Given("roi");
        var answer = await service.Json($"/v1/tenants/roi/roi?{Year}", key);

        Assert.Equal((640_000m, 2_400_000m, 275m), (Number(answer, "cost"), Number(answer, "benefit"), Number(answer, "roi")));
        Assert.Equal(
            ["(license, 360000)", "(implementation, 200000)", "(training, 80000)"],
            Amounts(answer, "costs"));
        Assert.Equal(
            ["(extra_sales, 1800000)", "(time_saved, 400000)", "(marketing_saved, 200000)"], Amounts(answer, "recorded"));
        Assert.Empty(answer.GetProperty("warnings").EnumerateArray());
    }

    [Fact]
    public async Task Months_sum_up_and_the_month_of_payback_is_the_first_whose_end_finds_the_benefits_above_the_costs()
    {
        var key = await Given("payback");
        var answer = await service.Json($"/v1/tenants/payback/roi?{Year}", key);
        var months = answer.GetProperty("months").EnumerateArray().ToList();

        Assert.Equal(12, months.Count);
        Assert.Equal((640_000m, 2_400_000m), (Number(months[11], "cumulativeCost"), Number(months[11], "cumulativeBenefit")));
        var crossed = months.FindIndex(m => Number(m, "cumulativeBenefit") >= Number(m, "cumulativeCost")) + 1;
        Assert.Equal(5, crossed);
        Assert.Equal((5m, "2024-06-01"), (
            Number(answer.GetProperty("payback"), "months"), answer.GetProperty("payback").GetProperty("by").GetString()));
        Assert.Equal("2024-01-01", answer.GetProperty("countedFrom").GetString());
        var kpi = await service.Json($"/v1/tenants/payback/kpis?kpi=payback_months,roi,crm_cost,crm_benefit&{Year}", key);
        Assert.Equal([5m, 275, 640_000, 2_400_000], kpi.GetProperty("kpis").EnumerateArray()
            .Select(k => Number(k.GetProperty("series")[0].GetProperty("points")[0], "value")));
    }

    [Fact]
    public async Task Fifty_leads_a_day_at_28_instead_of_12_percent_are_eight_sales_more()
    {
        var key = await Given("gain");
        await service.Given("gain", [.. Day("2023-06-01", 6, "a"), .. Day("2024-06-03", 14, "b"),
            ("tenant.baseline_set", "tenant", "2024-01-01T00:00:02", """{"from":"2023-01-01","to":"2024-01-01"}""")]);
        var answer = await service.Json($"/v1/tenants/gain/roi?{Year}&benefit=derived&marginShare=50", key);
        var gain = answer.GetProperty("derived")[0];
        var inputs = gain.GetProperty("inputs").EnumerateArray().ToDictionary(i => i.GetProperty("name").GetString()!);

        Assert.Equal("2023-01-01", answer.GetProperty("baseline").GetProperty("from").GetString());
        Assert.Equal((50m, 28m, 12m), (
            Number(inputs["leads"], "value"), Number(inputs["conversion"], "value"), Number(inputs["conversionBaseline"], "value")));
        Assert.Equal(("given", "period", "baseline"), (
            Origin(inputs["marginShare"]), Origin(inputs["leads"]), Origin(inputs["averageDealBaseline"])));
        // Eight sales of 1 000, half of which is margin.
        Assert.Equal((4_000m, 4_000m), (Number(gain, "amount"), Number(answer, "benefit")));
    }

    [Fact]
    public async Task The_months_come_as_csv_and_the_past_is_known()
    {
        var key = await Given("csv-roi");
        using var response = await service.Get($"/v1/tenants/csv-roi/roi?{Year}&format=csv", key);
        var rows = (await response.Content.ReadAsStringAsync()).Split("\r\n");
        Assert.Equal("from,to,partial,cost,benefit,cumulative_cost,cumulative_benefit", rows[0]);
        Assert.StartsWith("2024-02-01,2024-03-01,false,", rows[2]);

        var then = await service.Json($"/v1/tenants/csv-roi/roi?{Year}&asOf=4", key);
        Assert.Equal(560_000, Number(then, "cost"));
    }

    [Theory]
    [InlineData("benefit=hoped", "benefit")]
    [InlineData("leads=-1", "leads")]
    [InlineData("marginShare=101", "marginShare")]
    [InlineData("hourlyCost=1e3", "hourlyCost")]
    [InlineData("baselineFrom=2023-01-01", "baselineTo")]
    [InlineData("baselineFrom=2023-01-01&baselineTo=2023-01-01", "baselineFrom")]
    [InlineData("hourlycost=5", "hourlycost")]
    public async Task A_wrong_parameter_is_named(string query, string parameter)
    {
        await service.Register("wrong-roi");
        var key = await service.Key(Scopes.Query, "wrong-roi");
        using var response = await service.Get($"/v1/tenants/wrong-roi/roi?{query}", key);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal(parameter, problem.RootElement.GetProperty("parameter").GetString());
    }

    private static IEnumerable<(string, string, string, string)> Day(string day, int won, string prefix)
    {
        for (var i = 0; i < 50; i++)
            yield return ("lead.created", $"lead/{prefix}{i}", $"{day}T09:00:00", "{}");
        for (var i = 0; i < won; i++)
            yield return ("deal.won", $"deal/{prefix}{i}", $"{day}T10:00:00", $$"""{"amount":1000,"lead":"{{prefix}}{{i}}"}""");
    }

    private static IEnumerable<string> Amounts(JsonElement answer, string name) => answer.GetProperty(name).EnumerateArray()
        .Select(a => $"({a.GetProperty("category").GetString()}, {a.GetProperty("amount").GetDecimal()})");

    private static decimal Number(JsonElement json, string name) => json.GetProperty(name).GetDecimal();

    private static string Origin(JsonElement input) => input.GetProperty("origin").GetString()!;

    private async Task<string> Given(string tenant)
    {
        await service.Register(tenant);
        await service.Given(tenant, History);
        return await service.Key(Scopes.Query, tenant);
    }
}
