using System.Net;
using System.Text.Json;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.Answers;
using CrmKpi.Query.OwnKpis;
using CrmKpi.Services.Tests.Query;
using Microsoft.Extensions.Options;

namespace CrmKpi.Services.Tests.OwnKpis;

/// <summary>Asking for KPIs that were defined.</summary>
public sealed class OwnKpiQueryTests(QueryService service) : IClassFixture<QueryService>
{
    private const string March = "from=2025-03-01&to=2025-04-01";

    private static readonly (string, string, string, string)[] History =
    [
        ("tenant.registered", "tenant", "2025-01-01T00:00:00", """{"name":"Shop","currency":"EUR","locale":"en"}"""),
        ("deal.created", "deal/1", "2025-03-05T10:00:00", """{"manager":"ann","pipeline":"main","stage":"new"}"""),
        ("deal.won", "deal/1", "2025-03-13T10:00:00", """{"amount":{"amount":"1000.00","currency":"EUR"}}"""),
        ("deal.created", "deal/2", "2025-03-06T10:00:00", """{"manager":"bob","pipeline":"main","stage":"new"}"""),
        ("deal.won", "deal/2", "2025-03-14T10:00:00", """{"amount":{"amount":"500.00","currency":"EUR"}}"""),
        ("deal.created", "deal/3", "2025-03-06T10:00:00", """{"manager":"bob","pipeline":"main","stage":"new"}"""),
        ("deal.lost", "deal/3", "2025-03-07T10:00:00", "{}"),
    ];

    [Fact]
    public async Task An_own_kpi_is_answered_with_groups_filters_comparison_and_as_csv()
    {
        var key = await Tenant("own-all");
        await Define("own-all", "closing", "deals_won / (deals_won + deals_lost)", "%", "share");
        var answer = await service.Json(
            $"/v1/tenants/own-all/kpis?kpi=closing,win_rate&groupBy=manager&filter=pipeline:main&compare=previous&{March}", key);
        var (own, built) = (answer.GetProperty("kpis")[0], answer.GetProperty("kpis")[1]);
        Assert.Equal(("closing", "Closing", "%"), (own.GetProperty("id").GetString(),
            own.GetProperty("name").GetString(), own.GetProperty("unit").GetString()));
        Assert.Equal(built.GetProperty("series").GetRawText(), own.GetProperty("series").GetRawText());
        var total = (await service.Json($"/v1/tenants/own-all/kpis?kpi=closing&{March}", key)).GetProperty("kpis")[0];
        Assert.Equal(66.6666666667m, Value(total));
        Assert.Equal(3, Point(total).GetProperty("n").GetDecimal());

        using var csv = await service.Get($"/v1/tenants/own-all/kpis?kpi=closing&{March}&format=csv", key);
        Assert.Contains("closing,Closing,%,2025-03-01,2025-04-01,false,66.6666666667",
            await csv.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_changed_definition_answers_soon_and_never_goes_back()
    {
        var key = await Tenant("own-new");
        var path = $"/v1/tenants/own-new/kpis?kpi=mine&{March}";
        Assert.Equal(HttpStatusCode.BadRequest, (await service.Get(path, key)).StatusCode);
        foreach (var factor in new[] { 1, 2, 3 })
        {
            await Define("own-new", "mine", $"deals_won * {factor}");
            while (await ValueOf(path, key) is not { } value || value != 2 * factor)
                await Task.Delay(50);
            Assert.Equal(2m * factor, await ValueOf(path, key));
        }
        await new OwnKpiStore(service.Database).Change(OwnKpiOwner.Tenant("own-new"), ActedBy.Process("test"), _ =>
            [new OwnKpiChange("mine", null)]);
        while ((await service.Get(path, key)).StatusCode == HttpStatusCode.OK)
            await Task.Delay(50);
    }

    [Fact]
    public async Task An_agencys_kpi_answers_for_its_tenants_and_a_tenants_stands_in_front()
    {
        var (one, two) = (await Tenant("own-one"), await Tenant("own-two"));
        await new OwnKpiStore(service.Database).Change(
            OwnKpiOwner.Agency(TenantStore.DefaultAgency), ActedBy.Process("test"), _ =>
            [new OwnKpiChange("shared_load", Json("deals_won * 10"))]);
        await Define("own-one", "shared_load", "deals_won * 100");
        Assert.Equal(200m, await ValueOf($"/v1/tenants/own-one/kpis?kpi=shared_load&{March}", one));
        Assert.Equal(20m, await ValueOf($"/v1/tenants/own-two/kpis?kpi=shared_load&{March}", two));
        Assert.Equal(200m, await ValueOf($"/v1/tenants/own-one/kpis?kpi=shared_load&{March}", one));
    }

    [Fact]
    public async Task An_own_kpi_of_another_tenant_is_neither_answered_nor_named()
    {
        var (mine, theirs) = (await Tenant("own-mine"), await Tenant("own-theirs"));
        await Define("own-theirs", "their_secret", "deals_won");
        Assert.Equal(2m, await ValueOf($"/v1/tenants/own-theirs/kpis?kpi=their_secret&{March}", theirs));
        foreach (var id in new[] { "their_secret", "their_secre" })
        {
            using var answer = await service.Get($"/v1/tenants/own-mine/kpis?kpi={id}&{March}", mine);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            Assert.DoesNotContain("their_secret'?", problem.GetProperty("detail").GetString());
            Assert.DoesNotContain("their_secret",
                problem.GetProperty("allowed").EnumerateArray().Select(a => a.GetString()));
        }
        using var foreign = await service.Get("/v1/kpis?tenant=own-theirs", mine);
        using var unknown = await service.Get("/v1/kpis?tenant=own-nobody", mine);
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        Assert.Equal(await unknown.Content.ReadAsStringAsync(), await foreign.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_wrong_id_is_answered_with_the_tenants_own_among_what_would_be_right()
    {
        var key = await Tenant("own-typo");
        await Define("own-typo", "closing_share", "deals_won");
        using var answer = await service.Get($"/v1/tenants/own-typo/kpis?kpi=closing_shear&{March}", key);
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Contains("Did you mean 'closing_share'?", problem.GetProperty("detail").GetString());
        Assert.Contains("closing_share", problem.GetProperty("allowed").EnumerateArray().Select(a => a.GetString()));
    }

    [Fact]
    public async Task A_definition_that_broke_later_says_why()
    {
        var key = await Tenant("own-broken");
        await Define("own-broken", "lost", "kpi(gone) + 1");
        using var answer = await service.Get($"/v1/tenants/own-broken/kpis?kpi=lost&{March}", key);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("There is no KPI 'gone'", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_value_beyond_all_bounds_is_a_problem_and_no_failure_of_the_service()
    {
        var key = await Tenant("own-huge");
        await Define("own-huge", "huge", "deals_won * 999999999999 * 999999999999 * 999999999999");
        using var answer = await service.Get($"/v1/tenants/own-huge/kpis?kpi=huge&{March}", key);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("value_out_of_range", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_catalogue_of_a_tenant_describes_its_own_kpis_as_they_were_written()
    {
        var key = await Tenant("own-described");
        await Define("own-described", "closing", "deals_won / (deals_won + deals_lost)", "%", "share");
        var all = await service.Json("/v1/kpis", key);
        var own = await service.Json("/v1/kpis?tenant=own-described", key);
        var kpi = own.GetProperty("kpis").EnumerateArray().Single(k => k.GetProperty("id").GetString() == "closing");
        Assert.Equal(
            ("own", "deals_won / (deals_won + deals_lost)", "defined by the tenant"),
            (kpi.GetProperty("area").GetString(), kpi.GetProperty("formula").GetString(),
            kpi.GetProperty("source").GetString()));
        Assert.Contains("manager", kpi.GetProperty("dimensions").EnumerateArray().Select(d => d.GetString()));
        Assert.DoesNotContain("closing",
            all.GetProperty("kpis").EnumerateArray().Select(k => k.GetProperty("id").GetString()));
        var open = all.GetProperty("measures").EnumerateArray().Single(m =>
            m.GetProperty("name").GetString() == "deals_open");
        Assert.Equal(("level", "money"), (open.GetProperty("kind").GetString(), open.GetProperty("sum").GetString()));
    }

    [Fact]
    public async Task An_own_kpi_has_targets_and_is_explained()
    {
        var key = await Tenant("own-target");
        await Define("own-target", "closing", "deals_won / (deals_won + deals_lost)", "%", "share");
        await service.Given("own-target", (
            "tenant.target_set", "tenant", "2025-01-01T00:00:00",
            """{"kpi":"closing","value":80,"due":"2025-03-31","start":80}"""));
        var answer = await service.Json($"/v1/tenants/own-target/kpis?kpi=closing&{March}", key);
        Assert.Contains("\"target\"", answer.GetProperty("kpis")[0].GetRawText());
        var listed = await service.Json("/v1/tenants/own-target/targets", key);
        Assert.True(listed.GetProperty("targets")[0].GetProperty("known").GetBoolean());
        var explained = await service.Json($"/v1/tenants/own-target/explain?kpi=closing&{March}", key);
        Assert.Contains("deals_won ÷ (deals_won + deals_lost)", explained.GetRawText());
        Assert.Equal(HttpStatusCode.BadRequest,
            (await service.Get($"/v1/tenants/own-target/explain?kpi=nothing&{March}", key)).StatusCode);
    }

    [Fact]
    public async Task Kpis_of_the_catalogue_cost_no_look_at_the_definitions()
    {
        // Nobody listens there.
        await using var nowhere = new Database("Host=127.0.0.1;Port=9;Username=x;Timeout=1");
        var requests = new KpiRequests(
            new OwnKpiSets(new OwnKpiStore(nowhere), Directory(nowhere)));
        Assert.NotNull(await requests.Of(
            "any", new QueryStringRequest("?kpi=win_rate,sales_cycle.p90,lead_conversion.within30", false), default));
        await Assert.ThrowsAnyAsync<Npgsql.NpgsqlException>(async () =>
            await requests.Of("any", new QueryStringRequest("?kpi=win_rate,mine", false), default));
    }

    [Fact]
    public async Task Many_at_once_see_one_version_and_a_failed_look_is_not_kept()
    {
        await Tenant("own-many");
        await Define("own-many", "mine", "deals_won");
        var sets = new OwnKpiSets(new OwnKpiStore(service.Database), Directory(service.Database));
        var seen = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ =>
            Task.Run(() => sets.Of("own-many", default))));
        Assert.Single(seen.Distinct());
        await Assert.ThrowsAsync<ProblemException>(() => sets.Of("own-later", default));
        await service.Register("own-later");
        Assert.Empty((await sets.Of("own-later", default)).Set.Own);
    }

    private async Task<string> Tenant(string tenant)
    {
        await service.Register(tenant);
        await service.Given(tenant, History);
        return await service.Key(Scopes.Query, tenant);
    }

    private Task Define(string tenant, string id, string formula, string unit = "count", string sample = "none") =>
        new OwnKpiStore(service.Database).Change(
            OwnKpiOwner.Tenant(tenant), ActedBy.Process("test"), _ => [new OwnKpiChange(id, Json(formula, unit, sample))]);

    private static TenantDirectory Directory(Database database) =>
        new(new TenantStore(database), Options.Create(new SecurityOptions()), TimeProvider.System);

    private static string Json(string formula, string unit = "count", string sample = "none") =>
        JsonSerializer.Serialize(new { name = "Closing", unit, better = "up", formula, sample });

    private async Task<decimal?> ValueOf(string path, string key)
    {
        using var answer = await service.Get(path, key);
        return answer.IsSuccessStatusCode
            ? Value(JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("kpis")[0])
            : null;
    }

    private static decimal Value(JsonElement kpi) => Point(kpi).GetProperty("value").GetDecimal();

    private static JsonElement Point(JsonElement kpi) => kpi.GetProperty("series")[0].GetProperty("points")[0];
}
