using System.Net;
using CrmKpi.Hosting.Limits;
using CrmKpi.Services.Tests.Ingestion;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Hosting;

/// <summary>The limits of tenants: behind authentication, one tenant's never another's.</summary>
public sealed class TenantLimitTests
{
    [Fact]
    public async Task A_tenant_at_its_limit_is_told_so_and_another_one_does_not_notice()
    {
        await using var crm = await Installation.Start(ingestion: new()
        {
            ["TenantLimits:PerSecond"] = "0.001",
            ["TenantLimits:Burst"] = "6",
        });
        var (busy, other) = (await crm.Tenant(), await crm.Tenant());
        // Whoever has no right key uses up nothing, nor does one with a key for somebody else's tenants.
        using var anybody = crm.Client("crmkpi_wrong");
        using var bound = crm.Client((await crm.Key(["ingest"], [other])).Text);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await anybody.GetAsync($"/v1/tenants/{busy}")).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await bound.GetAsync($"/v1/tenants/{busy}")).StatusCode);
        }
        // Five are left: its registration was the first.
        for (var i = 0; i < 5; i++)
            await (await crm.Admin.PostEvents(busy, Lead($"l{i}"))).Tally(accepted: 1);
        using var refused = await crm.Admin.PostEvents(busy, Lead("l9"));
        var problem = await refused.Problem(429, "too_many_requests");
        Assert.Equal("tenant", problem.GetProperty("policy").GetString());
        Assert.Contains(refused.Headers.GetValues(LimitHeaders.Policy), value => value == "\"tenant\";q=6;w=6000");
        Assert.Contains(
            refused.Headers.GetValues(LimitHeaders.Limit), value => value.StartsWith("\"tenant\";r=0;t=", StringComparison.Ordinal));
        await (await crm.Admin.PostEvents(other, Lead("l1"))).Tally(accepted: 1);
    }

    [Fact]
    public async Task Requests_in_flight_of_a_tenant_are_bounded()
    {
        await using var crm = await Installation.Start(ingestion: new() { ["TenantLimits:InFlightMax"] = "2" });
        var (busy, other) = (await crm.Tenant(), await crm.Tenant());
        await using var streams = new OpenStreams(crm);
        await streams.Open(busy);
        await streams.Open(busy);
        await (await crm.Admin.PostEvents(busy, Lead("late"))).Problem(429, "too_many_requests");
        await (await crm.Admin.PostEvents(other, Lead("l1"))).Tally(accepted: 1);
        Assert.All(await streams.Close(), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        await (await crm.Admin.PostEvents(busy, Lead("late"))).Tally(accepted: 1);
    }

    [Fact]
    public async Task What_belongs_to_no_tenant_counts_for_the_agency()
    {
        await using var crm = await Installation.Start(ingestion: new()
        {
            ["TenantLimits:PerSecond"] = "0.001",
            ["TenantLimits:Burst"] = "3",
        });
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.OK, (await crm.Admin.GetAsync("/v1/tenants")).StatusCode);
        await (await crm.Admin.GetAsync("/v1/tenants")).Problem(429, "too_many_requests");
        await crm.Tenant();
    }
}
