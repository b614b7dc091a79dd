using CrmKpi.Gateway;
using CrmKpi.Hosting.Startup;
using CrmKpi.Ingestion;
using CrmKpi.Projections;
using CrmKpi.Projections.Moving;
using CrmKpi.Query;
using CrmKpi.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace CrmKpi.Services.Tests.OpenApi;

/// <summary>
/// All services behind a gateway, over two databases of their own, with the tenant <c>globex</c>. Moves of tenants are asked for,
/// and not begun.
/// </summary>
public sealed class WholeProduct : IAsyncLifetime
{
    private readonly List<WebApplication> _services = [];
    private TestDatabase _database = null!;
    private TestDatabase _second = null!;

    /// <summary>A client of the gateway with the first admin key.</summary>
    public HttpClient Admin { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.Create();
        _second = await TestDatabase.Create();
        var output = new StringWriter();
        string[] database =
        [
            $"--Postgres:ConnectionString={_database.ConnectionString}",
            "--Postgres:Databases:0:Name=second",
            $"--Postgres:Databases:0:ConnectionString={_second.ConnectionString}",
        ];
        var ingestion = await Start(IngestionHost.Build, b => b.Services.AddSingleton(new FirstKeyOutput(output)), database);
        var query = await Start(QueryHost.Build, _ => { }, database);
        var projections = await Start(ProjectionsHost.Build, b => b.Services.Remove(b.Services.Single(
            service => service.ImplementationFactory?.Method.ReturnType == typeof(MoveService))), database);
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
        await _second.DisposeAsync();
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
