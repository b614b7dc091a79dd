using System.Net;
using CrmKpi.Projections;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Moving;

/// <summary>A further database that is away.</summary>
public sealed class AwayDatabaseTests : IAsyncLifetime
{
    private static readonly Dictionary<string, string?> Away = new()
    {
        ["Postgres:Databases:0:Name"] = "away",
        ["Postgres:Databases:0:ConnectionString"] = "Host=127.0.0.1;Port=9;Username=x;Database=x",
    };

    private Installation _crm = null!;
    private WebApplication _projections = null!;
    private HttpClient _admin = null!;

    public async Task InitializeAsync()
    {
        _crm = await Installation.Start(ingestion: Away);
        _projections = ProjectionsHost.Build([], builder =>
        {
            Installation.Listen(builder);
            builder.Configuration["Postgres:ConnectionString"] = _crm.Database.ConnectionString;
            builder.Configuration.AddInMemoryCollection(Away);
        });
        await _projections.StartAsync();
        _admin = Installation.Client(_projections, _crm.AdminKey);
    }

    public async Task DisposeAsync()
    {
        _admin.Dispose();
        await _projections.DisposeAsync();
        await _crm.DisposeAsync();
    }

    [Fact]
    public async Task Keeps_nobody_waiting_but_its_own_tenants()
    {
        await _crm.Database.Execute(
            "INSERT INTO control.tenants (id, name, agency, database) VALUES ('lives-there', 'There', 'default', 'away')");
        var tenant = await _crm.Tenant();
        await (await _crm.Admin.PostEvents(tenant, Leads(5))).Tally(5);
        await (await _crm.Admin.PostEvents("lives-there", Lead("a"))).Problem(503, "database_unavailable");
        await (await _admin.GetAsync("/v1/tenants/lives-there/projection")).Problem(503, "database_unavailable");
        await UntilIs($"/v1/tenants/{tenant}/projection", "lag", "0");
        // Names are those of the main database.
        Assert.Equal(HttpStatusCode.OK, (await _crm.Admin.GetAsync("/v1/tenants")).StatusCode);

        // It was asked for first, and goes on when the database is back.
        await (await _admin.DeleteAsync("/v1/tenants/lives-there?confirm=lives-there")).Problem(503, "database_unavailable");
        using var deleted = await _admin.DeleteAsync($"/v1/tenants/{tenant}?confirm={tenant}");
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        await UntilIs($"/v1/tenants/{tenant}/deletion", "state", "done");
    }

    [Fact]
    public async Task Of_which_the_settings_know_nothing_any_more_stops_no_service_by_a_deletion_there()
    {
        await _crm.Database.Execute(
            "INSERT INTO control.deletions (tenant_id, agency, requested_by, requested_at, database) "
            + "VALUES ('lived-there', 'default', '{}', now() - interval '1 hour', 'removed')");
        var tenant = await _crm.Tenant();
        using var deleted = await _admin.DeleteAsync($"/v1/tenants/{tenant}?confirm={tenant}");
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        await UntilIs($"/v1/tenants/{tenant}/deletion", "state", "done");
        Assert.True(await _crm.Database.Scalar<bool>(
            "SELECT finished_at IS NULL FROM control.deletions WHERE tenant_id = 'lived-there'"));
    }

    private async Task UntilIs(string path, string member, string value)
    {
        for (var i = 0; ; i++)
        {
            using var answer = await _admin.GetAsync(path);
            var json = await answer.Json();
            if (json.TryGetProperty(member, out var found) && found.ToString() == value)
                return;
            Assert.True(i < 600, $"{path}: {json}");
            await Task.Delay(50);
        }
    }
}
