using System.Net;
using CrmKpi.Ingestion;
using CrmKpi.Postgres;
using CrmKpi.Testing;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Moving;

/// <summary>Tenants that live in a further database from the first.</summary>
public sealed class NewTenantsTests(TwoDatabases crm) : IClassFixture<TwoDatabases>
{
    [Fact]
    public async Task A_tenant_is_registered_counted_refused_and_deleted_where_it_lives()
    {
        var agency = await Agencies.New(crm.Crm);
        using var admin = new HttpClient { BaseAddress = crm.IntoSecond.BaseAddress };
        admin.DefaultRequestHeaders.Authorization = agency.Admin.DefaultRequestHeaders.Authorization;
        var tenant = Installation.NewTenantId();
        using var registered = await admin.PutText($"/v1/tenants/{tenant}", """{"name":"T"}""");
        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);

        // The other service, which registers elsewhere, knows where it lives.
        await (await agency.Admin.PostEvents(tenant, Leads(20))).Tally(20);
        await (await admin.PostEvents(tenant, Leads(20))).Tally(0, duplicates: 20);
        Assert.Equal((0, 21), (await TwoDatabases.EventsIn(crm.Main, tenant), await TwoDatabases.EventsIn(crm.Second, tenant)));
        await agency.Admin.PostEvents(tenant, "refused");
        var quarantine = await (await agency.Admin.GetAsync($"/v1/tenants/{tenant}/quarantine")).Json();
        Assert.Equal(1, quarantine.GetProperty("events").GetArrayLength());
        // And one in the main database: an agency's use is that of all.
        await (await agency.Admin.PostEvents(await agency.Tenant(), Leads(3))).Tally(3);
        var usage = await (await agency.Admin.GetAsync($"/v1/agencies/{agency.Id}/usage")).Json();
        Assert.Equal((2, 25), (usage.GetProperty("tenants").GetInt32(), usage.GetProperty("eventsToday").GetInt64()));

        var key = (await agency.Key("admin")).Text;
        using var projections = crm.Client(key);
        using var deleted = await projections.DeleteAsync($"/v1/tenants/{tenant}?confirm={tenant}");
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        var proof = await Done(projections, tenant);
        Assert.Equal(21, proof.GetProperty("erased").GetProperty("events.mt_events").GetInt64());
        Assert.Equal(0, proof.GetProperty("scan").GetProperty("rows").GetInt64());
        foreach (var database in (TestDatabase[])[crm.Main, crm.Second])
            Assert.Equal(0, await database.Scalar<long>("SELECT count(*) FROM control.tenants WHERE id = $1", tenant));
        Assert.Equal(0, await TwoDatabases.EventsIn(crm.Second, tenant));
        await (await admin.PutText($"/v1/tenants/{tenant}", """{"name":"Again"}""")).Problem(409, "tenant_deleted");
        usage = await (await agency.Admin.GetAsync($"/v1/agencies/{agency.Id}/usage")).Json();
        Assert.Equal(25, usage.GetProperty("eventsToday").GetInt64());
    }

    [Fact]
    public async Task Without_the_settings_of_a_database_in_which_tenants_live_a_service_does_not_start()
    {
        await using var database = await TestDatabase.Create();
        await database.Execute(
            "INSERT INTO control.tenants (id, name, agency, database) VALUES ('acme', 'Acme', 'default', 'third')");
        await using var service = IngestionHost.Build([], builder =>
        {
            Installation.Listen(builder);
            builder.Configuration["Postgres:ConnectionString"] = database.ConnectionString;
            builder.Configuration["Security:FirstKeyFile"] = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        });
        var error = await Assert.ThrowsAsync<TenantHomeException>(() => service.StartAsync());
        Assert.Contains("There is no database 'third'", error.Message);
        Assert.Contains("add it to Postgres:Databases", error.Message);
    }

    private static async Task<System.Text.Json.JsonElement> Done(HttpClient projections, string tenant)
    {
        for (var i = 0; ; i++)
        {
            var deletion = await (await projections.GetAsync($"/v1/tenants/{tenant}/deletion")).Json();
            if (deletion.GetProperty("state").GetString() == "done" || i == 600)
                return deletion;
            await Task.Delay(50);
        }
    }
}
