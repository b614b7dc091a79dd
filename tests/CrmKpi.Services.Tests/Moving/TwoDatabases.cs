using System.Text.Json;
using CrmKpi.Ingestion;
using CrmKpi.Projections;
using CrmKpi.Query;
using CrmKpi.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace CrmKpi.Services.Tests.Moving;

/// <summary>Ingestion, projections and query over two databases, <c>main</c> and <c>second</c>.</summary>
public sealed class TwoDatabases : IAsyncLifetime
{
    private const int TriesMax = 1_200;

    private readonly List<WebApplication> _services = [];

    /// <summary>Ingestion, over the main one.</summary>
    public Installation Crm { get; private set; } = null!;

    public TestDatabase Main => Crm.Database;

    public TestDatabase Second { get; private set; } = null!;

    /// <summary>A client of the projections with the first key.</summary>
    public HttpClient Projections { get; private set; } = null!;

    /// <summary>A client of query with the first key.</summary>
    public HttpClient Query { get; private set; } = null!;

    /// <summary>A client of a second ingestion service, which registers tenants in the second database.</summary>
    public HttpClient IntoSecond { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Second = await TestDatabase.Create();
        Crm = await Installation.Start(ingestion: Further());
        Projections = await Start(ProjectionsHost.Build, []);
        Query = await Start(QueryHost.Build, []);
        IntoSecond = await Start(IngestionHost.Build, new() { ["Postgres:NewTenantsIn"] = "second" });
    }

    public async Task DisposeAsync()
    {
        foreach (var client in (HttpClient?[])[Projections, Query, IntoSecond])
            client?.Dispose();
        foreach (var service in _services)
            await service.DisposeAsync();
        await Crm.DisposeAsync();
        await Second.DisposeAsync();
    }

    /// <summary>A client of the projections with another key; without one where there is none.</summary>
    public HttpClient Client(string? key) => Installation.Client(_services[0], key);

    /// <summary>Asks for a move to the second database.</summary>
    public Task<HttpResponseMessage> Move(string tenant, string database = "second") =>
        Projections.PostText($"/v1/tenants/{tenant}/move", $$"""{"database":"{{database}}"}""");

    /// <summary>Waits until an answer of the projections has one of the states, and returns it.</summary>
    public async Task<JsonElement> Until(string path, params string[] states)
    {
        for (var i = 0; ; i++)
        {
            using var answer = await Projections.GetAsync(path);
            var json = await answer.Json();
            if (states.Contains(json.GetProperty("state").GetString()))
                return json;
            Assert.True(i < TriesMax, $"{path} is {json}");
            await Task.Delay(50);
        }
    }

    /// <summary>Keeps a move from beginning: somebody is being forgotten there, and as nobody is named, will be for ever.</summary>
    public Task<int> Hold(string tenant) => Main.Execute(
        "INSERT INTO control.forgettings (tenant_id, kind, pseudonym) VALUES ($1, 'user', 'forgotten-1')", tenant);

    /// <summary>How many events of a tenant a database holds.</summary>
    public static Task<long> EventsIn(TestDatabase database, string tenant) =>
        database.Scalar<long>("SELECT count(*) FROM events.mt_events WHERE tenant_id = $1", tenant);

    private Dictionary<string, string?> Further() => new()
    {
        ["Postgres:Databases:0:Name"] = "second",
        ["Postgres:Databases:0:ConnectionString"] = Second.ConnectionString,
    };

    private async Task<HttpClient> Start(
        Func<string[], Action<WebApplicationBuilder>?, WebApplication> build, Dictionary<string, string?> settings)
    {
        var service = build([], builder =>
        {
            Installation.Listen(builder);
            builder.Configuration["Postgres:ConnectionString"] = Main.ConnectionString;
            builder.Configuration.AddInMemoryCollection(Further());
            builder.Configuration.AddInMemoryCollection(settings);
        });
        _services.Add(service);
        await service.StartAsync();
        return Installation.Client(service, Crm.AdminKey);
    }
}
