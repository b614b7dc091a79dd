using System.Text.Json;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Services.Tests.Query;

public sealed class FunnelAndCohortHttpTests(QueryService service) : IClassFixture<QueryService>
{
    private static readonly (string, string, string, string)[] History =
    [
        ("tenant.registered", "tenant", "2025-01-01T00:00:00", """{"name":"Shop","timeZone":"UTC","currency":"EUR","locale":"en"}"""),
        ("tenant.pipeline_defined", "tenant", "2025-01-01T00:00:01", """
            {"pipeline":"main","stages":[{"id":"new","name":"New"},{"id":"offer","name":"Offer"},{"id":"done","name":"Done","semantic":"success"}]}
            """),
        ("deal.created", "deal/1", "2025-03-01T00:00:00", """{"customer":"c1","pipeline":"main","stage":"new"}"""),
        ("deal.stage_changed", "deal/1", "2025-03-03T00:00:00", """{"stage":"offer"}"""),
        ("deal.won", "deal/1", "2025-03-10T00:00:00", """{"amount":{"amount":"100","currency":"EUR"}}"""),
        ("deal.created", "deal/2", "2025-03-05T00:00:00", """{"customer":"c2","pipeline":"main","stage":"new","amount":{"amount":"70","currency":"EUR"}}"""),
        ("deal.created", "deal/3", "2025-04-05T00:00:00", """{"customer":"c1","pipeline":"main","stage":"new"}"""),
        ("deal.won", "deal/3", "2025-04-06T00:00:00", """{"amount":{"amount":"100","currency":"EUR"}}"""),
    ];

    [Fact]
    public async Task A_funnel_shows_its_stages_in_order()
    {
        var key = await Given("funnel");
        var answer = await service.Json("/v1/tenants/funnel/funnel?from=2025-03-01&to=2025-04-01", key);
        var stages = answer.GetProperty("stages").EnumerateArray().ToList();

        Assert.Equal("main", answer.GetProperty("pipeline").GetString());
        Assert.Equal(["new", "offer", "done"], stages.Take(3).Select(s => s.GetProperty("id").GetString()));
        Assert.Equal((2m, 1m, 1m, 70m), (Number(stages[0], "entered"), Number(stages[0], "advanced"), Number(stages[0], "open"), Number(stages[0], "openAmount")));
        Assert.Equal(50m, Number(stages[0].GetProperty("conversion"), "value"));
        Assert.Equal(2m, Number(stages[0].GetProperty("timeDays"), "mean"));
        Assert.Equal(7m, Number(stages[1].GetProperty("timeDays"), "mean"));
        Assert.Equal((2m, 1m), (Number(answer.GetProperty("summary"), "deals"), Number(answer.GetProperty("summary"), "won")));
    }

    [Fact]
    public async Task Cohorts_follow_customers_by_month()
    {
        var key = await Given("cohorts");
        var answer = await service.Json("/v1/tenants/cohorts/cohorts?from=2025-03-01&to=2025-05-01&months=3", key);
        var march = answer.GetProperty("cohorts")[0];
        Assert.Equal(("2025-03", 1m), (march.GetProperty("month").GetString(), Number(march, "customers")));
        Assert.Equal([1m, 1, 0], march.GetProperty("cells").EnumerateArray().Select(c => Number(c, "buyers")));
        Assert.Equal(100m, Number(march.GetProperty("cells")[1], "percent"));
    }

    [Theory]
    [InlineData("funnel?from=2025-03-01&to=2025-04-01&format=csv", "main,new,New,open,2025-03-01,2025-04-01,2,1,50,")]
    [InlineData("cohorts?from=2025-03-01&to=2025-05-01&months=1&format=csv", "2025-03,1,0,1,100")]
    public async Task Both_come_as_csv(string path, string firstRow)
    {
        var tenant = $"csv-{path[..3]}";
        var key = await Given(tenant);
        using var response = await service.Get($"/v1/tenants/{tenant}/{path}", key);
        Assert.StartsWith(firstRow, (await response.Content.ReadAsStringAsync()).Split("\r\n")[1]);
    }

    private async Task<string> Given(string tenant)
    {
        await service.Register(tenant);
        await service.Given(tenant, History);
        return await service.Key(Scopes.Query, tenant);
    }

    private static decimal Number(JsonElement element, string name) => element.GetProperty(name).GetDecimal();
}
