using CrmKpi.Hosting.Startup;
using CrmKpi.Postgres;
using CrmKpi.Projections;
using CrmKpi.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace CrmKpi.Services.Tests.Hosting;

/// <summary>The job that runs before an upgrade.</summary>
public sealed class MigrateOnlyTests
{
    [Fact]
    public async Task It_makes_the_schema_and_the_first_key_and_ends()
    {
        await using var database = await TestDatabase.Create(migrated: false);
        var output = new StringWriter();
        await using (var job = Build(database.ConnectionString, output))
            await job.RunAsync();
        Assert.Contains("crmkpi_", output.ToString());
        Assert.Equal(0L, await database.Scalar<long>("SELECT kpi.lag_events()"));

        // Once more it has nothing to do, and says nothing.
        var again = new StringWriter();
        await using (var job = Build(database.ConnectionString, again))
            await job.RunAsync();
        Assert.Empty(again.ToString());
    }

    [Fact]
    public async Task A_login_that_may_not_migrate_is_an_error_at_once_and_not_waited_for()
    {
        await using var database = await TestDatabase.Create();
        await database.Execute("UPDATE control.migrations SET checksum = 'old' WHERE name LIKE '%/rights'");
        await using var job = Build($"{database.ConnectionString};Options=-c role={DatabaseRoles.Query}", new StringWriter());
        await Assert.ThrowsAsync<MigrationRightsException>(() => job.RunAsync());
    }

    private static WebApplication Build(string connection, TextWriter output) => ProjectionsHost.Build([], builder =>
    {
        Installation.Listen(builder);
        builder.Configuration["Postgres:ConnectionString"] = connection;
        builder.Configuration["Postgres:MigrateOnly"] = "true";
        builder.Services.AddSingleton(new FirstKeyOutput(output));
    });
}
