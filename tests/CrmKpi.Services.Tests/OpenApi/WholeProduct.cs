using CrmKpi.Gateway;
using CrmKpi.Hosting.Startup;
using CrmKpi.Ingestion;
using CrmKpi.Projections;
using CrmKpi.Query;
using CrmKpi.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace CrmKpi.Services.Tests.OpenApi;

/// <summary>All services behind a gateway, over a database of their own, with the tenant <c>globex</c>.</summary>
public sealed class WholeProduct : IAsyncLifetime
{
    private readonly List<WebApplication> _services = [];
    private TestDatabase _database = null!;

    /// <summary>A client of the gateway with the first admin key.</summary>
    public HttpClient Admin { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.Create();
        var output = new StringWriter();
        var database = $"--Postgres:ConnectionString={_database.ConnectionString}";
        var ingestion = await Start(IngestionHost.Build, b => b.Services.AddSingleton(new FirstKeyOutput(output)), database);
        var query = await Start(QueryHost.Build, _ => { }, database);
        var projections = await Start(ProjectionsHost.Build, _ => { }, database);
        var gateway = await Start(
            GatewayHost.Build, _ => { }, $"--Gateway:Ingestion={ingestion}", $"--Gateway:Query={query}",
            $"--Gateway:Projections={projections}");
        Admin = Installation.Client(_services[^1], Installation.KeyIn(output.ToString()));
        Assert.Equal(new Uri(gateway), Admin.BaseAddress);
        using var globex = await Admin.PutText("/v1/tenants/globex", """{"name":"Globex","currency":"EUR"}""");
        globex.EnsureSuccessStatusCode();
    }

    public async Task DisposeAsync()
    {
        Admin.Dispose();
        foreach (var service in Enumerable.Reverse(_services))
            await service.DisposeAsync();
        await _database.DisposeAsync();
    }

    private async Task<string> Start(
        Func<string[], Action<WebApplicationBuilder>?, WebApplication> build, Action<WebApplicationBuilder> configure,
        params string[] args)
    {
        var service = build(args, builder =>
        {
            Installation.Listen(builder);
            configure(builder);
        });
        _services.Add(service);
        await service.StartAsync();
        return service.Urls.Single();
    }
}
