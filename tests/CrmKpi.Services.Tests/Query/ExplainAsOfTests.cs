using System.Globalization;
using System.Net;
using System.Text.Json;
using CrmKpi.Domain.Kpis;
using CrmKpi.Postgres.Control;
using CrmKpi.Testing;

namespace CrmKpi.Services.Tests.Query;

/// <summary>Explaining what was known at a point of the past.</summary>
public sealed class ExplainAsOfTests(QueryService service) : IClassFixture<QueryService>
{
    private const string March = "from=2025-03-01&to=2025-04-01";

    private static readonly (string, string, string, string) Registered =
        ("tenant.registered", "tenant", "2025-01-01T00:00:00", """{"name":"Shop","timeZone":"UTC","currency":"EUR","locale":"en"}""");

    private static readonly (string, string, string, string)[] Early =
    [
        Registered, Won("1", "2025-03-13", "100"), Won("2", "2025-03-14", "200"), Won("3", "2025-03-15", "300"),
    ];

    // A deal of the same month that came in late, one whose amount was corrected, one that was deleted.
    private static readonly (string, string, string, string)[] Late =
    [
        Won("0", "2025-03-12", "50"),
        ("deal.amount_changed", "deal/2", "2025-03-20T10:00:00", """{"amount":{"amount":"250","currency":"EUR"}}"""),
        ("deal.deleted", "deal/3", "2025-03-21T10:00:00", "{}"),
    ];

    [Fact]
    public async Task Late_data_is_in_the_facts_of_now_and_not_in_those_of_then()
    {
        var key = await Tenant("explain-late");
        var then = await service.Given("explain-late", Early);
        var now = await service.Given("explain-late", Late);
        var path = $"/v1/tenants/explain-late/explain?kpi=revenue&{March}";

        var old = await service.Json($"{path}&asOf={then}", key);
        Assert.Equal((600m, then, then), (Number(old, "value"), old.GetProperty("sequence").GetInt64(),
            old.GetProperty("asOf").GetProperty("sequence").GetInt64()));
        Assert.Equal(["deal/1 100", "deal/2 200", "deal/3 300"], Adds(old));
        Assert.Equal(now - then, old.GetProperty("lag").GetInt64());

        var today = await service.Json(path, key);
        Assert.Equal(["deal/0 50", "deal/1 100", "deal/2 250"], Adds(today));
        Assert.Equal(Adds(today), Adds(await service.Json($"{path}&asOf={now}", key)));
        Assert.False(today.TryGetProperty("asOf", out _));
        // And by the time at which the last of them was recorded.
        var recorded = (await service.Log.Position("explain-late", then))!.RecordedAt.UtcDateTime;
        Assert.Equal(Adds(old), Adds(await service.Json($"{path}&asOf={recorded:yyyy-MM-ddTHH:mm:ss.ffffffZ}", key)));
    }

    [Fact]
    public async Task The_facts_of_all_pages_add_up_to_what_was_known_then()
    {
        var events = SampleHistory.Events(700, seed: 8).Select(e => (
            e.Type, e.Subject, e.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff", CultureInfo.InvariantCulture), e.Data));
        var key = await Tenant("explain-sums");
        await service.Append("explain-sums",
            [Registered with { Item4 = """{"timeZone":"Europe/Moscow","currency":"RUB"}""" }, .. events]);
        var facts = 0;
        foreach (var output in Catalogue.All.Select(k => Catalogue.Resolve(k.Id)!))
            foreach (var then in new[] { 250, 600 })
            {
                var query = $"kpi={output.Id}&from=2024-03-01&to=2025-01-15&asOf={then}";
                var point = (await service.Json($"/v1/tenants/explain-sums/kpis?{query}&groupBy=none", key))
                    .GetProperty("kpis")[0].GetProperty("series")[0].GetProperty("points")[0];
                var first = await service.Json($"/v1/tenants/explain-sums/explain?{query}", key);
                Assert.Equal(point.GetProperty("value").ToString(), first.GetProperty("value").ToString());
                foreach (var reading in first.GetProperty("readings").EnumerateArray())
                    facts += await AssertSum("explain-sums", query, reading, key);
            }
        Assert.InRange(facts, 500, int.MaxValue);
    }

    [Fact]
    public async Task Pages_of_a_point_in_the_past_go_on_whatever_comes_in_between()
    {
        var key = await Tenant("explain-pages");
        var then = await service.Given("explain-pages", Early);
        var path = $"/v1/tenants/explain-pages/explain?kpi=revenue&{March}&limit=1&asOf=";
        var first = await service.Json(path + then, key);
        await service.Given("explain-pages", Late);
        var second = await service.Json($"{path}{then}&page={Text(first, "nextPage")}", key);
        var third = await service.Json($"{path}{then}&page={Text(second, "nextPage")}", key);
        Assert.Equal(["deal/1 100", "deal/2 200", "deal/3 300"], [.. Adds(first), .. Adds(second), .. Adds(third)]);
        Assert.Equal(JsonValueKind.Null, third.GetProperty("nextPage").ValueKind);
        Assert.All([second, third], page => Assert.DoesNotContain("facts_changed", Warnings(page)));
        // A page of another point is told as such.
        var other = await service.Json($"{path}{then + 1}&page={Text(first, "nextPage")}", key);
        Assert.Contains("facts_changed", Warnings(other));
    }

    [Fact]
    public async Task Settings_rates_and_filters_are_those_of_then()
    {
        var key = await Tenant("explain-settings");
        var then = await service.Append("explain-settings", [.. Early,
            ("deal.won", "deal/4", "2025-03-16T10:00:00", """{"manager":"ann","amount":{"amount":"10","currency":"USD"}}"""),
            ("fx.rate_set", "tenant", "2025-03-16T00:00:00", """{"day":"2025-03-16","from":"USD","to":"EUR","rate":0.9}""")]);
        await service.Append("explain-settings",
            ("fx.rate_set", "tenant", "2025-03-17T00:00:00", """{"day":"2025-03-16","from":"USD","to":"EUR","rate":0.5}"""),
            ("tenant.settings_changed", "tenant", "2025-03-17T00:00:00", """{"timeZone":"Europe/Berlin"}"""));
        var path = $"/v1/tenants/explain-settings/explain?kpi=revenue&{March}&filter=manager:ann&asOf=";
        var old = await service.Json(path + then, key);
        var late = await service.Json(path + (then + 2), key);
        Assert.Equal(("UTC", 9m), (Text(old.GetProperty("settings"), "timeZone"), Number(old, "value")));
        Assert.Equal(("Europe/Berlin", 5m), (Text(late.GetProperty("settings"), "timeZone"), Number(late, "value")));
        Assert.Equal(0.9m, Number(Items(old).Single(), "rate"));
    }

    [Theory]
    [InlineData("999999", "as_of_beyond_log", 3)]
    [InlineData("0", "as_of_before_log", 0)]
    public async Task Beyond_the_ends_of_the_log_the_answer_says_so(string asOf, string warning, int facts)
    {
        var tenant = $"explain-ends-{asOf.Length}";
        var key = await Tenant(tenant);
        await service.Append(tenant, Early);
        var answer = await service.Json($"/v1/tenants/{tenant}/explain?kpi=revenue&{March}&asOf={asOf}", key);
        Assert.Contains(warning, Warnings(answer));
        Assert.Equal(facts, Items(answer).Count);
    }

    [Fact]
    public async Task Facts_of_the_past_come_as_csv_and_not_to_others()
    {
        var (mine, theirs) = (await Tenant("explain-past-mine"), await Tenant("explain-past-theirs"));
        var then = await service.Append("explain-past-theirs", Early);
        var path = $"/v1/tenants/explain-past-theirs/explain?kpi=revenue&{March}&limit=2&asOf={then}&format=csv";
        using var csv = await service.Get(path, theirs);
        Assert.Equal($"{then}", csv.Headers.GetValues("CrmKpi-Sequence").Single());
        Assert.Contains("deal/2,deals_won,2025-03-14,,1,200", await csv.Content.ReadAsStringAsync());
        Assert.Single(csv.Headers.GetValues("CrmKpi-Next-Page"));
        Assert.Equal(HttpStatusCode.NotFound, (await service.Get(path, mine)).StatusCode);
    }

    [Theory]
    [InlineData("asOf=yesterday", "asOf")]
    [InlineData("asOf=-1", "asOf")]
    [InlineData("asOf=5&asOf=6", "asOf")]
    [InlineData("asOf=5&minSequence=4", "minSequence")]
    public async Task A_point_that_is_none_is_refused(string query, string parameter)
    {
        var key = await Tenant("explain-no-point");
        using var response = await service.Get($"/v1/tenants/explain-no-point/explain?kpi=revenue&{query}", key);
        Assert.Equal(parameter, (await response.Problem(400, "bad_parameter")).GetProperty("parameter").GetString());
    }

    private async Task<int> AssertSum(string tenant, string query, JsonElement reading, string key)
    {
        var facts = new List<JsonElement>();
        for (var page = ""; ;)
        {
            var answer = await service.Json(
                $"/v1/tenants/{tenant}/explain?{query}&reading={reading.GetProperty("index")}&limit=150{page}", key);
            facts.AddRange(Items(answer));
            if (Text(answer, "nextPage") is not { } next)
                break;
            page = $"&page={next}";
        }
        var (reads, value) = (Text(reading, "reads")!, reading.GetProperty("value"));
        if (reads is "period_days" or "payback_months" || reads.StartsWith("quantile", StringComparison.Ordinal))
            return facts.Count;
        // Durations are listed in milliseconds too, since in days or minutes each is rounded.
        var divisor = Text(reading, "unit") switch { "minutes" => 60_000m, "days" => 86_400_000m, _ => 0 };
        var sum = divisor > 0 && facts.TrueForAll(f => f.TryGetProperty("milliseconds", out _))
            ? decimal.Round(facts.Sum(f => Number(f, "milliseconds")) / divisor, 10)
            : facts.Sum(f => Number(f, "adds"));
        Assert.True((value.ValueKind == JsonValueKind.Null ? 0 : value.GetDecimal()) == sum, $"{query} {reads}: {value} and {sum}");
        return facts.Count;
    }

    private async Task<string> Tenant(string tenant)
    {
        await service.Register(tenant);
        return await service.Key(Scopes.Query, tenant);
    }

    private static (string, string, string, string) Won(string id, string day, string amount) => (
        "deal.won", $"deal/{id}", $"{day}T10:00:00",
        $$$"""{"manager":"bob","amount":{"amount":"{{{amount}}}","currency":"EUR"}}""");

    private static List<string> Adds(JsonElement answer) => [.. Items(answer).Select(f => $"{Text(f, "stream")} {Number(f, "adds")}")];

    private static List<JsonElement> Items(JsonElement answer) => [.. answer.GetProperty("facts").GetProperty("items").EnumerateArray()];

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static decimal Number(JsonElement element, string name) => element.GetProperty(name).GetDecimal();

    private static IEnumerable<string?> Warnings(JsonElement answer) =>
        answer.GetProperty("warnings").EnumerateArray().Select(w => Text(w, "code"));
}
