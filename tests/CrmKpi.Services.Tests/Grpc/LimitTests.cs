using CrmKpi.Postgres.Control;
using CrmKpi.Testing.Grpc;
using CrmKpi.V1;
using Google.Rpc;
using static CrmKpi.Services.Tests.Grpc.Events;

namespace CrmKpi.Services.Tests.Grpc;

/// <summary>The limits of tenants and the quotas of agencies hold for gRPC as for REST: the same counts, one for both.</summary>
public sealed class LimitTests
{
    private const int ResourceExhausted = 8;

    [Fact]
    public async Task A_tenant_at_its_limit_is_told_so_and_another_one_does_not_notice()
    {
        await using var crm = await Installation.Start(
            new() { ["TenantLimits:PerSecond"] = "0.001", ["TenantLimits:Burst"] = "4" }, configure: Http2.Listen);
        using var client = Http2.Client(crm.Ingestion, crm.AdminKey);
        var (busy, other) = (await crm.Tenant(), await crm.Tenant());
        // Its registration was the first.
        for (var i = 0; i < 3; i++)
            Assert.Equal(1, (await Append(client, busy, $"l{i}")).Ok.Accepted);
        var refused = (await Append(client, busy, "l9")).Status;
        Assert.Equal(ResourceExhausted, refused.Code);
        Assert.Equal("too_many_requests", refused.Detail<ErrorInfo>()!.Reason);
        Assert.NotNull(refused.Detail<RetryInfo>());
        await (await crm.Admin.PostEvents(busy, Ingestion.SampleEvents.Lead("rest"))).Problem(429, "too_many_requests");
        Assert.Equal(1, (await Append(client, other, "l1")).Ok.Accepted);
    }

    [Fact]
    public async Task A_call_counts_until_it_ends()
    {
        await using var crm = await Installation.Start(new() { ["TenantLimits:InFlightMax"] = "1" }, configure: Http2.Listen);
        using var client = Http2.Client(crm.Ingestion, crm.AdminKey);
        var tenant = await crm.Tenant();
        for (var i = 0; i < 10; i++)
            Assert.Equal(1, (await Append(client, tenant, $"l{i}")).Ok.Accepted);
    }

    [Fact]
    public async Task An_agency_over_its_quota_takes_nothing_in()
    {
        await using var crm = await Installation.Start(configure: Http2.Listen);
        var tenant = await crm.Tenant();
        using var client = Http2.Client(crm.Ingestion, crm.AdminKey);
        // One event is there already: the tenant's settings.
        await new QuotaStore(crm.Database.Database).Set(TenantStore.DefaultAgency, new AgencyQuota(3, null));
        Assert.Equal(2, (await client.Call<AppendResponse>(
            GrpcIngestion.AppendMethod, Request(tenant, Lead("1"), Lead("2")))).Ok.Accepted);
        var refused = (await Append(client, tenant, "3")).Status;
        Assert.Equal((ResourceExhausted, "quota_exceeded"), (refused.Code, refused.Detail<ErrorInfo>()!.Reason));
        Assert.Equal(2, await crm.LogLength(tenant));
    }

    private static Task<GrpcReply<AppendResponse>> Append(GrpcClient client, string tenant, string lead) =>
        client.Call<AppendResponse>(GrpcIngestion.AppendMethod, Request(tenant, Lead(lead)));
}
