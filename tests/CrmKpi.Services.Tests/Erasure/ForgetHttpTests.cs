using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using CrmKpi.Projections;
using Microsoft.AspNetCore.Builder;

namespace CrmKpi.Services.Tests.Erasure;

/// <summary>Forgetting a person over HTTP, with ingestion and projections as they run.</summary>
public sealed class ForgetHttpTests : IAsyncLifetime
{
    private Installation _installation = null!;
    private WebApplication _projections = null!;
    private HttpClient _admin = null!;

    public async Task InitializeAsync()
    {
        _installation = await Installation.Start();
        _projections = ProjectionsHost.Build([], builder =>
        {
            Installation.Listen(builder);
            builder.Configuration["Postgres:ConnectionString"] = _installation.Database.ConnectionString;
        });
        await _projections.StartAsync();
        _admin = Installation.Client(_projections, _installation.AdminKey);
    }

    public async Task DisposeAsync()
    {
        _admin.Dispose();
        await _projections.DisposeAsync();
        await _installation.DisposeAsync();
    }

    [Fact]
    public async Task A_customer_is_forgotten_and_the_answer_never_says_who_it_was()
    {
        var tenant = await _installation.Tenant();
        await (await _installation.Admin.PostEvents(tenant, """
            {"specversion":"1.0","id":"1","source":"crm","type":"deal.created","subject":"deal/1",
             "time":"2024-01-01T00:00:00Z","data":{"pipeline":"main","stage":"new","customer":"Zwetschge","memo":"Zwetschge"}}
            """.ReplaceLineEndings(""))).Tally(1);
        using var asked = await _admin.PostAsJsonAsync(
            $"/v1/tenants/{tenant}/forget", new { kind = "customer", id = "Zwetschge" });
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        var path = asked.Headers.Location!.OriginalString;
        var begun = await asked.Json();
        Assert.EndsWith(begun.GetProperty("id").GetString()!, path, StringComparison.Ordinal);
        var done = await Done(path);
        Assert.Equal(("done", 1), (done.GetProperty("state").GetString(), done.GetProperty("events").GetInt32()));
        Assert.DoesNotContain("Zwetschge", begun.ToString() + done, StringComparison.Ordinal);
        Assert.Equal(0, await _installation.Database.Scalar<long>(
            "SELECT count(*) FROM events.mt_events WHERE data::text LIKE '%Zwetschge%'"));
        Assert.Equal(1, await _installation.Database.Scalar<long>(
            "SELECT count(*) FROM events.mt_events WHERE data ->> 'customer' = $1",
            done.GetProperty("pseudonym").GetString()!));
    }

    [Theory]
    [InlineData("""{"id":"c1"}""", "missing_field", "/kind")]
    [InlineData("""{"kind":"manager","id":"c1"}""", "unknown_value", "/kind")]
    [InlineData("""{"kind":5,"id":"c1"}""", "wrong_type", "/kind")]
    [InlineData("""{"kind":"user"}""", "missing_field", "/id")]
    [InlineData("""{"kind":"user","id":""}""", "missing_field", "/id")]
    [InlineData("""{"kind":"user","id":["c1"]}""", "wrong_type", "/id")]
    [InlineData("""{"kind":"user","id":"c1","name":"x"}""", "unknown_property", "/name")]
    [InlineData("""[]""", "wrong_type", "")]
    public async Task A_wrong_body_is_refused_with_its_place(string body, string code, string pointer)
    {
        var tenant = await _installation.Tenant();
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var refused = await _admin.PostAsync($"/v1/tenants/{tenant}/forget", content);
        var problem = await refused.Problem(400, code);
        Assert.Equal(pointer, problem.GetProperty("pointer").GetString());
        Assert.Equal(0, await _installation.Database.Scalar<long>("SELECT count(*) FROM control.forgettings"));
    }

    [Fact]
    public async Task A_very_long_id_another_scope_and_another_tenant_are_refused()
    {
        var (tenant, other) = (await _installation.Tenant(), await _installation.Tenant());
        var body = new { kind = "user", id = new string('x', 201) };
        await (await _admin.PostAsJsonAsync($"/v1/tenants/{tenant}/forget", body)).Problem(400, "too_long");
        var reader = await _installation.Key(["query", "ingest"]);
        using var withReader = Installation.Client(_projections, reader.Text);
        await (await withReader.PostAsJsonAsync($"/v1/tenants/{tenant}/forget", new { kind = "user", id = "u" }))
            .Problem(403, "missing_scope");
        var bound = await _installation.Key(["admin"], [other]);
        using var withBound = Installation.Client(_projections, bound.Text);
        await (await withBound.PostAsJsonAsync($"/v1/tenants/{tenant}/forget", new { kind = "user", id = "u" }))
            .Problem(404, "tenant_not_found");

        using var asked = await _admin.PostAsJsonAsync($"/v1/tenants/{tenant}/forget", new { kind = "user", id = "u" });
        var id = (await asked.Json()).GetProperty("id").GetString();
        await Done($"/v1/tenants/{tenant}/forget/{id}");
        await (await withBound.GetAsync($"/v1/tenants/{other}/forget/{id}")).Problem(404, "forgetting_not_found");
        await (await _admin.GetAsync($"/v1/tenants/{tenant}/forget/nobody")).Problem(404, "forgetting_not_found");
    }

    private async Task<JsonElement> Done(string path)
    {
        for (var i = 0; ; i++)
        {
            using var answer = await _admin.GetAsync(path);
            var forgetting = await answer.Json();
            if (forgetting.GetProperty("state").GetString() == "done" || i == 600)
                return forgetting;
            await Task.Delay(50);
        }
    }
}
