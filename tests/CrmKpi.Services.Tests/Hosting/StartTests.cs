using System.Net;
using CrmKpi.Hosting.Grpc;
using CrmKpi.Hosting.Startup;
using CrmKpi.Ingestion;
using CrmKpi.Services.Tests.Grpc;
using CrmKpi.Testing;
using CrmKpi.V1;
using Google.Rpc;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace CrmKpi.Services.Tests.Hosting;

/// <summary>The first start, and starts without a database.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Of_services_that_start_at_once_one_shows_the_first_key()
    {
        await using var database = await TestDatabase.Create(migrated: false);
        var outputs = Enumerable.Range(0, 3).Select(_ => new StringWriter()).ToList();
        var services = outputs.Select(output => Build(database.ConnectionString, output)).ToList();
        await Task.WhenAll(services.Select(s => s.StartAsync()));
        var shown = Assert.Single(outputs, o => o.ToString().Contains("crmkpi_", StringComparison.Ordinal)).ToString();
        foreach (var service in services)
        {
            using var client = Installation.Client(service, Installation.KeyIn(shown));
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/keys")).StatusCode);
            await service.DisposeAsync();
        }

        var again = new StringWriter();
        await using var later = Build(database.ConnectionString, again);
        await later.StartAsync();
        Assert.Empty(again.ToString());
    }

    [Fact]
    public async Task The_first_key_goes_to_a_private_file_if_told_so()
    {
        await using var database = await TestDatabase.Create();
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            await File.WriteAllTextAsync(file, new string('x', 500));
            var output = new StringWriter();
            await using var service = Build(database.ConnectionString, output, b => b.Configuration["Security:FirstKeyFile"] = file);
            await service.StartAsync();
            Assert.Equal(Installation.KeyIn(output.ToString()), (await File.ReadAllTextAsync(file)).Trim());
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Without_a_database_the_service_is_alive_and_not_ready_and_says_so()
    {
        await using var service = Build(
            "Host=127.0.0.1;Port=9;Username=x;Database=x", new StringWriter(), b => b.Configuration["Postgres:StartSecondsMax"] = "0");
        await service.StartAsync();
        using var client = Installation.Client(service, "crmkpi_any");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/health/ready")).StatusCode);
        await (await client.GetAsync("/v1/tenants")).Problem(503, "not_ready");
    }

    [Fact]
    public async Task Without_a_database_callers_of_grpc_are_told_alike()
    {
        await using var service = Build("Host=127.0.0.1;Port=9;Username=x;Database=x", new StringWriter(), b =>
        {
            b.Configuration["Postgres:StartSecondsMax"] = "0";
            Http2.Listen(b);
        });
        await service.StartAsync();
        using var client = Http2.Client(service, "crmkpi_any");
        var health = await client.Call<HealthCheckResponse>("/grpc.health.v1.Health/Check", new HealthCheckRequest());
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, health.Ok.Status);
        var status = (await client.Call<AppendResponse>(GrpcIngestion.AppendMethod, new AppendRequest())).Status;
        Assert.Equal((int)StatusCode.Unavailable, status.Code);
        Assert.Equal("not_ready", status.Detail<ErrorInfo>()!.Reason);
        Assert.NotNull(status.Detail<RetryInfo>());
    }

    [Fact]
    public async Task A_database_that_comes_later_is_waited_for()
    {
        await using var server = await PostgresFixture.StartOwn(durable: false);
        var connection = server.Server.ConnectionString;
        await server.Server.DisposeAsync();
        var output = new StringWriter();
        await using var service = Build(connection, output, b => b.Configuration["Postgres:StartSecondsMax"] = "0");
        await service.StartAsync();
        using var client = Installation.Client(service);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/health/ready")).StatusCode);
        await using var again = await CrmKpi.Postgres.Embedded.EmbeddedServer.Start(server.DataDirectory, durable: false);
        Assert.Equal(connection, again.ConnectionString);
        while ((await client.GetAsync("/health/ready")).StatusCode != HttpStatusCode.OK)
            await Task.Delay(100);
        Assert.Contains("crmkpi_", output.ToString());
    }

    [Fact]
    public async Task A_database_that_goes_away_is_503_with_a_time_and_comes_back()
    {
        await using var server = await PostgresFixture.StartOwn(durable: false);
        var connection = server.Server.ConnectionString;
        var output = new StringWriter();
        await using var service = Build(connection, output);
        await service.StartAsync();
        using var client = Installation.Client(service, Installation.KeyIn(output.ToString()));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/tenants")).StatusCode);
        await server.Server.DisposeAsync();
        await (await client.GetAsync("/v1/tenants")).Problem(503, "database_unavailable");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live")).StatusCode);

        await using var again = await CrmKpi.Postgres.Embedded.EmbeddedServer.Start(server.DataDirectory, durable: false);
        HttpResponseMessage answer;
        while ((answer = await client.GetAsync("/v1/tenants")).StatusCode == HttpStatusCode.ServiceUnavailable)
            await Task.Delay(100);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static WebApplication Build(
        string connection, TextWriter output, Action<WebApplicationBuilder>? configure = null) =>
        IngestionHost.Build([], builder =>
        {
            Installation.Listen(builder);
            builder.Configuration["Postgres:ConnectionString"] = connection;
            builder.Services.AddSingleton(new FirstKeyOutput(output));
            configure?.Invoke(builder);
        });
}
