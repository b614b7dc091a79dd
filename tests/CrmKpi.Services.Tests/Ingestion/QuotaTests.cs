using System.Net;
using CrmKpi.Postgres.Control;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Ingestion;

/// <summary>What an agency may take in on a day and how many tenants it may have.</summary>
public sealed class QuotaTests : IAsyncLifetime
{
    private Installation _crm = null!;
    private HttpClient _operator = null!;
    private Agencies _agency = null!;

    public async Task InitializeAsync()
    {
        _crm = await Installation.Shared;
        var (_, text) = await new KeyStore(_crm.Database.Database).Create(
            "operator", TenantStore.DefaultAgency, Scopes.Operator | Scopes.Admin, null, null);
        _operator = _crm.Client(text);
        _agency = await Agencies.New(_crm);
    }

    public Task DisposeAsync()
    {
        _operator.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_quota_that_is_reached_ends_the_day_for_all_tenants_of_the_agency_and_for_no_other()
    {
        var (one, two) = (await _agency.Tenant(), await _agency.Tenant());
        // Two events are there already: each tenant's settings.
        await Quota(12, null);
        await (await _agency.Admin.PostEvents(one, Leads(6))).Tally(accepted: 6);
        // A duplicate is no event.
        await (await _agency.Admin.PostEvents(one, Leads(6))).Tally(accepted: 0, duplicates: 6);
        await (await _agency.Admin.PostEvents(two, Leads(4))).Tally(accepted: 4);

        using var refused = await _agency.Admin.PostEvents(two, Lead("more"));
        var problem = await refused.Problem(429, "quota_exceeded");
        Assert.Equal(12, problem.GetProperty("eventsPerDay").GetInt64());
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.Zero, TimeSpan.FromDays(1));
        await (await _agency.Admin.PostEvents(one, $"[{Lead("batch")}]", HttpExtensions.Batch)).Problem(429, "quota_exceeded");
        Assert.Equal(4, await _crm.LogLength(two));
        await (await _crm.Admin.PostEvents(await _crm.Tenant(), Lead("other"))).Tally(accepted: 1);
        // Settings are not held up by it.
        Assert.Equal(HttpStatusCode.OK, (await _agency.Admin.PutText($"/v1/tenants/{one}", """{"inactivityDays":33}""")).StatusCode);

        await Quota(100, null);
        for (var tries = 0; (await _agency.Admin.PostEvents(two, Lead("more"))).StatusCode != HttpStatusCode.OK; tries++)
            Assert.True(tries < 1_000);
    }

    [Fact]
    public async Task A_stream_is_cut_at_the_quota_and_says_what_is_stored()
    {
        await using var crm = await Installation.Start(ingestion: new() { ["Ingestion:ChunkEventsMax"] = "10" });
        var agency = await Agencies.New(crm);
        var tenant = await agency.Tenant();
        await new QuotaStore(crm.Database.Database).Set(agency.Id, new AgencyQuota(30, null));
        using var answer = await agency.Admin.PostEvents(tenant, Leads(200));
        var problem = await answer.Problem(429, "quota_exceeded");
        // What is under way when it is reached is taken whole.
        var stored = await crm.LogLength(tenant);
        Assert.InRange(stored, 29, 50);
        Assert.Equal(stored, problem.GetProperty("accepted").GetInt64());
    }

    [Fact]
    public async Task Usage_says_what_was_used_on_which_day()
    {
        var tenant = await _agency.Tenant();
        await (await _agency.Admin.PostEvents(tenant, Leads(7))).Tally(accepted: 7);
        await _crm.Database.Execute(
            "UPDATE events.tenant_heads SET usage_day = usage_day - 3, recorded_at = recorded_at - interval '3 days' WHERE tenant_id = $1",
            tenant);
        await (await _agency.Admin.PostEvents(tenant, Lead("today"))).Tally(accepted: 1);
        await Quota(1_000, 5);

        var usage = await (await _agency.Admin.GetAsync($"/v1/agencies/{_agency.Id}/usage")).Json();
        Assert.Equal((1_000, 5, 1, 1), (
            usage.GetProperty("quota").GetProperty("eventsPerDay").GetInt64(), usage.GetProperty("quota").GetProperty("tenants").GetInt32(),
            usage.GetProperty("tenants").GetInt32(), usage.GetProperty("eventsToday").GetInt64()));
        Assert.Equal([8L, 1L], usage.GetProperty("days").EnumerateArray().Select(d => d.GetProperty("events").GetInt64()));
        var recent = await (await _operator.GetAsync($"/v1/agencies/{_agency.Id}/usage?days=2")).Json();
        Assert.Equal([1L], recent.GetProperty("days").EnumerateArray().Select(d => d.GetProperty("events").GetInt64()));
    }

    [Fact]
    public async Task Beyond_its_number_of_tenants_an_agency_registers_no_more()
    {
        await _agency.Tenant();
        await Quota(null, 2);
        var known = await _agency.Tenant();
        using var refused = await _agency.Admin.PutText($"/v1/tenants/{Installation.NewTenantId()}", """{"name":"T"}""");
        Assert.Contains("2 tenants", (await refused.Problem(403, "tenant_quota_exceeded")).GetProperty("detail").GetString());
        Assert.Equal(HttpStatusCode.OK, (await _agency.Admin.PutText($"/v1/tenants/{known}", """{"name":"Again"}""")).StatusCode);
        await Quota(null, null);
        await _agency.Tenant();
    }

    [Theory]
    [InlineData("""{"eventsPerDay":1}""", "missing_field", "/tenants")]
    [InlineData("""{"eventsPerDay":-1,"tenants":null}""", "wrong_type", "/eventsPerDay")]
    [InlineData("""{"eventsPerDay":1.5,"tenants":null}""", "wrong_type", "/eventsPerDay")]
    [InlineData("""{"eventsPerDay":"1","tenants":null}""", "wrong_type", "/eventsPerDay")]
    [InlineData("""{"eventsPerDay":null,"tenants":3000000000}""", "wrong_type", "/tenants")]
    [InlineData("""{"eventsPerDay":null,"tenants":1,"more":1}""", "unknown_property", "/more")]
    [InlineData("[]", "wrong_type", "")]
    public async Task A_wrong_quota_is_refused_and_changes_nothing(string body, string code, string pointer)
    {
        await Quota(77, null);
        using var answer = await _operator.PutText($"/v1/agencies/{_agency.Id}/quota", body);
        Assert.Equal(pointer, (await answer.Problem(400, code)).GetProperty("pointer").GetString());
        Assert.Equal(new AgencyQuota(77, null), await new QuotaStore(_crm.Database.Database).Find(_agency.Id));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("401")]
    [InlineData("x")]
    public async Task A_wrong_number_of_days_is_refused(string days) =>
        await (await _agency.Admin.GetAsync($"/v1/agencies/{_agency.Id}/usage?days={days}")).Problem(400, "bad_parameter");

    [Fact]
    public async Task Only_the_operator_sets_a_quota_and_only_the_agency_and_the_operator_see_its_use()
    {
        var stranger = await Agencies.New(_crm);
        using var bound = await _agency.Bound(await _agency.Tenant());
        var quota = """{"eventsPerDay":null,"tenants":null}""";
        await (await _agency.Admin.PutText($"/v1/agencies/{_agency.Id}/quota", quota)).Problem(403, "missing_scope");
        await (await _operator.PutText("/v1/agencies/nobody/quota", quota)).Problem(404, "agency_not_found");
        await (await _operator.GetAsync("/v1/agencies/nobody/usage")).Problem(404, "agency_not_found");
        foreach (var client in new[] { stranger.Admin, bound })
            await (await client.GetAsync($"/v1/agencies/{_agency.Id}/usage")).Problem(404, "agency_not_found");
    }

    private async Task Quota(long? eventsPerDay, int? tenants)
    {
        static string Text(long? number) => number?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null";
        using var answer = await _operator.PutText(
            $"/v1/agencies/{_agency.Id}/quota", $$"""{"eventsPerDay":{{Text(eventsPerDay)}},"tenants":{{Text(tenants)}}}""");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
