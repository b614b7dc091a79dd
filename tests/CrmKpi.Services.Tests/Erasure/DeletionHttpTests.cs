using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Erasure;
using CrmKpi.Projections;
using CrmKpi.Services.Tests.Ingestion;
using Microsoft.AspNetCore.Builder;

namespace CrmKpi.Services.Tests.Erasure;

/// <summary>Deleting a tenant over HTTP, with ingestion and projections as they run.</summary>
public sealed class DeletionHttpTests : IAsyncLifetime
{
    private Installation _installation = null!;
    private WebApplication _projections = null!;
    private HttpClient? _client;

    private HttpClient Admin => _client!;

    public async Task InitializeAsync()
    {
        _installation = await Installation.Start();
        await StartProjections();
    }

    private async Task StartProjections()
    {
        _client?.Dispose();
        _projections = ProjectionsHost.Build([], builder =>
        {
            Installation.Listen(builder);
            builder.Configuration["Postgres:ConnectionString"] = _installation.Database.ConnectionString;
        });
        await _projections.StartAsync();
        _client = Installation.Client(_projections, _installation.AdminKey);
    }

    public async Task DisposeAsync()
    {
        _client?.Dispose();
        await _projections.DisposeAsync();
        await _installation.DisposeAsync();
    }

    [Fact]
    public async Task A_deleted_tenant_is_unknown_everywhere_and_proven_gone()
    {
        var tenant = await _installation.Tenant();
        await (await _installation.Admin.PostEvents(tenant, SampleEvents.Leads(20))).Tally(20);

        using var accepted = await Admin.DeleteAsync($"/v1/tenants/{tenant}?confirm={tenant}");
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal($"/v1/tenants/{tenant}/deletion", accepted.Headers.Location?.OriginalString);
        Assert.Equal(tenant, (await accepted.Json()).GetProperty("tenant").GetString());

        var done = await Done(tenant);
        Assert.Equal("done", done.GetProperty("state").GetString());
        Assert.True(done.GetProperty("rows").GetInt64() >= 21);
        Assert.Equal(21, done.GetProperty("erased").GetProperty("events.mt_events").GetInt64());
        var scan = done.GetProperty("scan");
        Assert.Equal(0, scan.GetProperty("rows").GetInt64());
        Assert.True(scan.GetProperty("found").EnumerateObject().Count() > 25);
        Assert.All(scan.GetProperty("found").EnumerateObject(), table => Assert.Equal(0, table.Value.GetInt64()));

        // The other instance remembers for seconds that there was one; its log knows at once that there is none.
        await (await _installation.Admin.PostEvents(tenant, SampleEvents.Leads(1))).Problem(404, "tenant_not_found");
        await (await Admin.GetAsync($"/v1/tenants/{tenant}/projection")).Problem(404, "tenant_not_found");
        await UntilUnknown($"/v1/tenants/{tenant}");
        await UntilUnknown($"/v1/tenants/{tenant}/quarantine");
        var listed = await (await _installation.Admin.GetAsync("/v1/tenants")).Json();
        Assert.DoesNotContain(
            listed.GetProperty("tenants").EnumerateArray(), t => t.GetProperty("id").GetString() == tenant);
        Assert.Equal(0, await _installation.LogLength(tenant));
    }

    [Fact]
    public async Task A_process_that_comes_after_a_crash_goes_on_by_itself()
    {
        var tenant = await _installation.Tenant();
        await (await _installation.Admin.PostEvents(tenant, SampleEvents.Leads(20))).Tally(20);
        await _projections.DisposeAsync();
        // The request was answered, and one chunk was erased; then the process was gone.
        await using (var privacy = _installation.Database.As(DatabaseRoles.Privacy))
        {
            var erasure = new TenantErasure(privacy, chunkRows: 5);
            Assert.True(await erasure.Begin(tenant, Agency.Default, ActedBy.Process("test")));
            Assert.True(await erasure.Step(tenant));
            Assert.Null((await erasure.Find(tenant))!.FinishedAt);
        }
        await StartProjections();
        var done = await Done(tenant);
        Assert.Equal("done", done.GetProperty("state").GetString());
        Assert.Equal(21, done.GetProperty("erased").GetProperty("events.mt_events").GetInt64());
        Assert.Equal("test", done.GetProperty("requestedBy").GetProperty("id").GetString());
    }

    [Fact]
    public async Task Asking_again_answers_the_same_deletion_and_the_id_cannot_be_registered()
    {
        var tenant = await _installation.Tenant();
        using var first = await Admin.DeleteAsync($"/v1/tenants/{tenant}?confirm={tenant}");
        await Done(tenant);
        using var second = await Admin.DeleteAsync($"/v1/tenants/{tenant}?confirm={tenant}");
        Assert.Equal(HttpStatusCode.Accepted, second.StatusCode);
        Assert.Equal(
            (await first.Json()).GetProperty("requestedAt").GetString(), (await second.Json()).GetProperty("requestedAt").GetString());
        await UntilUnknown($"/v1/tenants/{tenant}");
        await (await _installation.Admin.PutAsJsonAsync($"/v1/tenants/{tenant}", new { name = "again" }))
            .Problem(409, "tenant_deleted");
    }

    [Theory]
    [InlineData("")]
    [InlineData("?confirm=")]
    [InlineData("?confirm=another")]
    [InlineData("?confirm={tenant}&confirm={tenant}")]
    public async Task Nothing_happens_unless_it_is_confirmed(string query)
    {
        var tenant = await _installation.Tenant();
        var problem = await (await Admin.DeleteAsync($"/v1/tenants/{tenant}{query.Replace("{tenant}", tenant)}"))
            .Problem(400, "bad_parameter");
        Assert.Equal("confirm", problem.GetProperty("parameter").GetString());
        await (await Admin.GetAsync($"/v1/tenants/{tenant}/deletion")).Problem(404, "not_deleted");
        Assert.Equal(HttpStatusCode.OK, (await _installation.Admin.GetAsync($"/v1/tenants/{tenant}")).StatusCode);
    }

    [Fact]
    public async Task Only_anAdmin_key_of_the_whole_agency_may()
    {
        var tenant = await _installation.Tenant();
        var bound = await _installation.Key(["admin"], [tenant]);
        var reader = await _installation.Key(["query", "ingest"]);
        foreach (var method in (HttpMethod[])[HttpMethod.Delete, HttpMethod.Get])
        {
            var path = method == HttpMethod.Delete ? $"/v1/tenants/{tenant}?confirm={tenant}" : $"/v1/tenants/{tenant}/deletion";
            using var withBound = Installation.Client(_projections, bound.Text);
            await (await withBound.SendAsync(new HttpRequestMessage(method, path))).Problem(403, "agency_key_required");
            using var withReader = Installation.Client(_projections, reader.Text);
            await (await withReader.SendAsync(new HttpRequestMessage(method, path))).Problem(403, "missing_scope");
            using var without = Installation.Client(_projections);
            await (await without.SendAsync(new HttpRequestMessage(method, path))).Problem(401, "unauthorized");
        }
        Assert.Equal(HttpStatusCode.OK, (await _installation.Admin.GetAsync($"/v1/tenants/{tenant}")).StatusCode);
    }

    [Fact]
    public async Task Another_agency_learns_nothing_of_a_tenant_there_or_gone()
    {
        await _installation.Database.Execute("INSERT INTO control.agencies (id, name) VALUES ('second', 'Second')");
        var key = await new KeyStore(_installation.Database.Database)
            .Create("theirs", "second", Scopes.Admin, null, null);
        var (there, gone) = (await _installation.Tenant(), await _installation.Tenant());
        using (await Admin.DeleteAsync($"/v1/tenants/{gone}?confirm={gone}"))
            await Done(gone);
        using var theirs = Installation.Client(_projections, key.Text);
        var bodies = new List<string>();
        foreach (var tenant in (string[])[there, gone, "never-there"])
        {
            using var deletion = await theirs.GetAsync($"/v1/tenants/{tenant}/deletion");
            await deletion.Problem(404, "tenant_not_found");
            using var delete = await theirs.DeleteAsync($"/v1/tenants/{tenant}?confirm={tenant}");
            await delete.Problem(404, "tenant_not_found");
            bodies.Add(await deletion.Content.ReadAsStringAsync() + await delete.Content.ReadAsStringAsync());
        }
        Assert.Single(bodies.Distinct());
        using var register = Installation.Client(_installation.Ingestion, key.Text);
        await (await register.PutAsJsonAsync($"/v1/tenants/{gone}", new { name = "ours now" })).Problem(404, "tenant_not_found");
    }

    private async Task<JsonElement> Done(string tenant)
    {
        for (var i = 0; ; i++)
        {
            using var answer = await Admin.GetAsync($"/v1/tenants/{tenant}/deletion");
            var deletion = await answer.Json();
            if (deletion.GetProperty("state").GetString() == "done" || i == 600)
                return deletion;
            await Task.Delay(50);
        }
    }

    private async Task UntilUnknown(string path)
    {
        for (var i = 0; i < 200; i++)
        {
            using var answer = await _installation.Admin.GetAsync(path);
            if (answer.StatusCode == HttpStatusCode.NotFound)
                break;
            await Task.Delay(50);
        }
        await (await _installation.Admin.GetAsync(path)).Problem(404, "tenant_not_found");
    }
}
