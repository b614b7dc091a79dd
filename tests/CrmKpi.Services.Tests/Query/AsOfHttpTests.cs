using System.Net;
using System.Text.Json;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Services.Tests.Query;

public sealed class AsOfHttpTests(QueryService service) : IClassFixture<QueryService>
{
    private const string March = "kpi=leads_created,revenue&from=2025-03-01&to=2025-04-01";

    private static readonly (string, string, string, string) Registered =
        ("tenant.registered", "tenant", "2025-01-01T00:00:00", """{"name":"Shop","timeZone":"UTC","currency":"EUR","locale":"en"}""");

    private static readonly (string, string, string, string) Lead = ("lead.created", "lead/1", "2025-03-03T10:00:00", "{}");

    private static readonly (string, string, string, string)[] Late =
    [
        ("lead.created", "lead/2", "2025-03-02T10:00:00", "{}"),
        ("deal.won", "deal/1", "2025-03-05T10:00:00", """{"amount":{"amount":"700","currency":"EUR"},"customer":"c"}"""),
    ];

    [Fact]
    public async Task Late_data_is_not_in_what_was_known_before()
    {
        var key = await Tenant("late");
        var then = await service.Given("late", Registered, Lead);
        var now = await service.Given("late", Late);
        var path = $"/v1/tenants/late/kpis?{March}";

        Assert.Equal((2m, 700m), Values(await service.Json(path, key)));
        var answer = await service.Json($"{path}&asOf={then}", key);
        Assert.Equal((1m, 0m), Values(answer));
        Assert.Equal((then, then), (answer.GetProperty("sequence").GetInt64(), answer.GetProperty("asOf").GetProperty("sequence").GetInt64()));
        Assert.Equal(now - then, answer.GetProperty("lag").GetInt64());
        Assert.DoesNotContain("as_of", string.Join(' ', Warnings(answer)));
        Assert.Equal((2m, 700m), Values(await service.Json($"{path}&asOf={now}", key)));
    }

    [Fact]
    public async Task A_point_in_time_stands_for_the_last_event_recorded_by_then()
    {
        var key = await Tenant("instant");
        var then = await service.Given("instant", Registered, Lead);
        var last = await service.Given("instant", Late);
        var path = $"/v1/tenants/instant/kpis?{March}";
        var recorded = (await service.Log.Position("instant", last))!.RecordedAt.AddMicroseconds(-1);

        var answer = await service.Json($"{path}&asOf={recorded.UtcDateTime:yyyy-MM-ddTHH:mm:ss.ffffffZ}", key);
        Assert.Equal((1m, 0m), Values(answer));
        Assert.Equal(then, answer.GetProperty("sequence").GetInt64());
        var written = answer.GetProperty("asOf").GetProperty("recordedAt").GetString();
        Assert.Equal((await service.Log.Position("instant", then))!.RecordedAt, DateTimeOffset.Parse(written!));
        // A plus sign that was not escaped.
        var local = recorded.ToOffset(TimeSpan.FromHours(3));
        Assert.Equal((1m, 0m), Values(await service.Json($"{path}&asOf={local:yyyy-MM-ddTHH:mm:ss.ffffff}+03:00", key)));
    }

    [Fact]
    public async Task Settings_are_those_known_then()
    {
        var key = await Tenant("settings");
        var then = await service.Append("settings", Registered, ("lead.created", "lead/1", "2025-03-31T22:30:00", "{}"));
        await service.Append("settings", ("tenant.settings_changed", "tenant", "2025-01-02T00:00:00", """{"timeZone":"Europe/Berlin"}"""));
        var path = $"/v1/tenants/settings/kpis?kpi=leads_created&from=2025-03-01&to=2025-04-01&asOf=";

        var before = await service.Json(path + then, key);
        var after = await service.Json(path + (then + 1), key);
        Assert.Equal(("UTC", 1m), (before.GetProperty("timeZone").GetString(), Value(before, 0)));
        Assert.Equal(("Europe/Berlin", 0m), (after.GetProperty("timeZone").GetString(), Value(after, 0)));
    }

    [Theory]
    [InlineData("999999", "as_of_beyond_log", 2)]
    [InlineData("2199-01-01T00:00:00Z", "as_of_beyond_log", 2)]
    [InlineData("0", "as_of_before_log", 0)]
    [InlineData("1999-01-01T00:00:00%2B03:00", "as_of_before_log", 0)]
    public async Task Beyond_the_ends_of_the_log_the_answer_says_so(string asOf, string warning, long sequence)
    {
        var tenant = $"ends-{asOf.Length}";
        var key = await Tenant(tenant);
        await service.Given(tenant, Registered, Lead);
        foreach (var route in new[] { $"kpis?{March}", "funnel?lang=en", "cohorts?months=1" })
        {
            var answer = await service.Json($"/v1/tenants/{tenant}/{route}&asOf={asOf}", key);
            Assert.Contains(warning, Warnings(answer));
            Assert.Equal(sequence, answer.GetProperty("asOf").GetProperty("sequence").GetInt64());
            Assert.Equal(sequence == 0, answer.GetProperty("asOf").GetProperty("recordedAt").ValueKind == JsonValueKind.Null);
        }
    }

    [Fact]
    public async Task Funnel_and_cohorts_know_the_past_as_well()
    {
        var key = await Tenant("others");
        var then = await service.Given("others", Registered, Lead);
        await service.Given("others", Late);
        var funnel = await service.Json($"/v1/tenants/others/funnel?from=2025-03-01&to=2025-04-01&asOf={then}", key);
        Assert.Equal((1m, 0m), (funnel.GetProperty("summary").GetProperty("leads").GetDecimal(), funnel.GetProperty("summary").GetProperty("won").GetDecimal()));
        var cohorts = $"/v1/tenants/others/cohorts?from=2025-03-01&to=2025-04-01&months=0";
        Assert.Equal(1, (await service.Json(cohorts, key)).GetProperty("cohorts")[0].GetProperty("customers").GetInt64());
        Assert.Equal(0, (await service.Json($"{cohorts}&asOf={then}", key)).GetProperty("cohorts")[0].GetProperty("customers").GetInt64());
    }

    [Theory]
    [InlineData("yesterday", "asOf")]
    [InlineData("-1", "asOf")]
    [InlineData("2025-03-01", "asOf")]
    [InlineData("2025-03-01T00:00:00", "asOf")]
    [InlineData("0001-01-01T00:00:00%2B14:00", "asOf")]
    [InlineData("99999999999999999999", "asOf")]
    [InlineData("5&asOf=6", "asOf")]
    [InlineData("5&minSequence=4", "minSequence")]
    public async Task A_point_that_is_none_is_refused(string asOf, string parameter)
    {
        var tenant = "wrong-point";
        var key = await Tenant(tenant);
        using var response = await service.Get($"/v1/tenants/{tenant}/kpis?{March}&asOf={asOf}", key);
        var problem = await response.Problem(400, "bad_parameter");
        Assert.Equal(parameter, problem.GetProperty("parameter").GetString());
    }

    [Fact]
    public async Task The_same_sequence_of_two_tenants_is_two_answers_and_foreign_tenants_are_hidden()
    {
        var (mine, theirs) = (await Tenant("mine-then"), await Tenant("theirs-then"));
        var one = await service.Given("mine-then", Registered, Lead);
        var two = await service.Given("theirs-then", Registered, ("lead.created", "lead/1", "2025-04-03T10:00:00", "{}"));
        Assert.Equal(one, two);
        Assert.Equal(1m, Value(await service.Json($"/v1/tenants/mine-then/kpis?{March}&asOf={one}", mine), 0));
        Assert.Equal(0m, Value(await service.Json($"/v1/tenants/theirs-then/kpis?{March}&asOf={one}", theirs), 0));
        using var foreign = await service.Get($"/v1/tenants/theirs-then/kpis?{March}&asOf={one}", mine);
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
    }

    private async Task<string> Tenant(string tenant)
    {
        await service.Register(tenant);
        return await service.Key(Scopes.Query, tenant);
    }

    private static (decimal, decimal) Values(JsonElement answer) => (Value(answer, 0), Value(answer, 1));

    private static decimal Value(JsonElement answer, int kpi) => answer.GetProperty("kpis")[kpi].GetProperty("series")[0]
        .GetProperty("points")[0].GetProperty("value").GetDecimal();

    private static IEnumerable<string?> Warnings(JsonElement answer) =>
        answer.GetProperty("warnings").EnumerateArray().Select(w => w.GetProperty("code").GetString());
}
