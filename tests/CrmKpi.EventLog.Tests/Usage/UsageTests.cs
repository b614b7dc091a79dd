using CrmKpi.Postgres.Control;
using CrmKpi.Testing;

namespace CrmKpi.EventLog.Tests.Usage;

public sealed class UsageTests
{
    private static readonly DateOnly Today = DateOnly.FromDateTime(DateTime.UtcNow);

    [Fact]
    public async Task Each_new_event_counts_once_and_a_duplicate_never()
    {
        await using var db = await Given.DatabaseWith("one", "two");
        await using var log = new EventLog(db.Database);
        await log.Append("one", Given.Events(0, 10));
        await log.Append("one", Given.Events(5, 10));
        await log.Append("one", Given.Events(0, 15));
        await log.Append("two", Given.Events(0, 300));
        Assert.Equal(315, await Of(db, TenantStore.DefaultAgency));
        Assert.Equal(0, await Of(db, "another"));
    }

    [Fact]
    public async Task A_new_day_begins_at_nothing_and_the_old_one_stays()
    {
        await using var db = await Given.DatabaseWith("one", "two", "idle");
        await using var log = new EventLog(db.Database);
        await log.Append("one", Given.Events(0, 10));
        await log.Append("two", Given.Events(0, 3));
        await SetBack(db, days: 2);
        await log.Append("one", Given.Events(10, 4));
        await SetBack(db, days: 1, "one");
        await log.Append("one", Given.Events(14, 200));

        var days = await new UsageStore(db.Database).Days(TenantStore.DefaultAgency, Today.AddDays(-5), Today);
        // "two" has sent nothing since: its day stands in its head row still.
        Assert.Equal([(Today.AddDays(-2), 13L), (Today.AddDays(-1), 4L), (Today, 200L)], days);
        Assert.Equal([(Today.AddDays(-1), 4L)],
            await new UsageStore(db.Database).Days(TenantStore.DefaultAgency, Today.AddDays(-1), Today.AddDays(-1)));
        Assert.Equal(214, await log.Head("one"));
    }

    [Fact]
    public async Task What_a_deleted_tenant_has_used_goes_on_counting_without_its_name()
    {
        await using var db = await Given.DatabaseWith("one", "two");
        await using var log = new EventLog(db.Database);
        await log.Append("one", Given.Events(0, 10));
        await SetBack(db, days: 1);
        await log.Append("one", Given.Events(10, 5));
        await log.Append("two", Given.Events(0, 1));
        await db.Execute("DELETE FROM events.tenant_heads WHERE tenant_id = 'one'");

        var days = await new UsageStore(db.Database).Days(TenantStore.DefaultAgency, Today.AddDays(-5), Today);
        Assert.Equal([(Today.AddDays(-1), 10L), (Today, 6L)], days);
        Assert.Equal(0, await db.Scalar<long>("SELECT count(*) FROM control.usage_days WHERE tenant_id = 'one'"));
    }

    [Fact]
    public async Task Only_so_many_tenants_are_registered_as_the_quota_allows_however_many_at_once()
    {
        await using var db = await Given.DatabaseWith();
        var quotas = new QuotaStore(db.Database);
        var tenants = new TenantStore(db.Database);
        Assert.True(await quotas.Set(TenantStore.DefaultAgency, new AgencyQuota(null, 5)));
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            try
            {
                return await tenants.Register($"t{i}", "T", TenantStore.DefaultAgency);
            }
            catch (TenantQuotaException e)
            {
                Assert.Contains("5 tenants", e.Message, StringComparison.Ordinal);
                return false;
            }
        }));
        Assert.Equal(5, results.Count(registered => registered));
        Assert.Equal(5, await quotas.CountTenants(TenantStore.DefaultAgency));
        // One that is there already is no new one.
        var known = await db.Scalar<string>("SELECT min(id) FROM control.tenants");
        Assert.False(await tenants.Register(known, "T", TenantStore.DefaultAgency));
        await quotas.Set(TenantStore.DefaultAgency, AgencyQuota.None);
        Assert.True(await tenants.Register("more", "T", TenantStore.DefaultAgency));
    }

    [Fact]
    public async Task A_quota_is_read_as_it_was_set()
    {
        await using var db = await Given.DatabaseWith();
        var quotas = new QuotaStore(db.Database);
        Assert.Equal(AgencyQuota.None, await quotas.Find(TenantStore.DefaultAgency));
        Assert.Null(await quotas.Find("nobody"));
        Assert.False(await quotas.Set("nobody", AgencyQuota.None));
        foreach (var quota in new AgencyQuota[] { new(5_000_000_000, 3), new(0, null), new(null, 0) })
        {
            Assert.True(await quotas.Set(TenantStore.DefaultAgency, quota));
            Assert.Equal(quota, await quotas.Find(TenantStore.DefaultAgency));
        }
    }

    private static Task<long> Of(TestDatabase db, string agency) => new UsageStore(db.Database).On(agency, Today);

    /// <summary>As if what has been used had been so some days earlier.</summary>
    private static Task<int> SetBack(TestDatabase db, int days, string tenant = "%") => db.Execute(
        """
        UPDATE events.tenant_heads
        SET usage_day = usage_day - $1, recorded_at = recorded_at - make_interval(days => $1)
        WHERE tenant_id LIKE $2
        """, days, tenant);
}
