using CrmKpi.Postgres;
using Npgsql;

namespace CrmKpi.ReadModels.Tests.Isolation;

/// <summary>Nothing of one use of a connection is left for the next: neither tenant nor role, whatever happened.</summary>
public sealed class SessionTests
{
    private const string StateSql =
        "SELECT current_user || '/' || coalesce(current_setting('crmkpi.tenant', true), '') || '/' || pg_backend_pid()";

    [Fact]
    public async Task Neither_tenant_nor_role_outlives_its_transaction()
    {
        await using var world = await Isolated.TwoTenants(200);
        await using var database = OneConnection(world, DatabaseRoles.Query);
        var clean = await State(database);
        Assert.StartsWith("crmkpi_query//", clean, StringComparison.Ordinal);
        for (var i = 0; i < 50; i++)
        {
            var tenant = i % 2 == 0 ? Isolated.A : Isolated.B;
            Assert.Equal([tenant], await Isolated.Texts(database.For(tenant), "SELECT DISTINCT tenant_id FROM kpi.cube"));
            Assert.Equal(clean, await State(database));
        }
    }

    [Fact]
    public async Task Nor_a_transaction_that_was_left_open_or_failed()
    {
        await using var world = await Isolated.TwoTenants(200);
        await using var database = OneConnection(world, DatabaseRoles.Query);
        var clean = await State(database);
        for (var i = 0; i < 5; i++)
        {
            // Left open after a statement.
            await using (var transaction = await database.For(Isolated.A).Begin())
            await using (var command = transaction.Command("SELECT count(*) FROM kpi.cube"))
                Assert.True((long)(await command.ExecuteScalar())! > 0);
            Assert.Equal(clean, await State(database));

            // Left open before the first one.
            await using (await database.For(Isolated.A).Begin())
            {
            }
            Assert.Equal(clean, await State(database));

            // Failed within.
            await Assert.ThrowsAsync<PostgresException>(
                () => Isolated.Texts(database.For(Isolated.A), "SELECT 1 / (count(*) - count(*)) FROM kpi.cube"));
            Assert.Equal(clean, await State(database));

            // Read half.
            await using (var half = database.For(Isolated.A).Command("SELECT tenant_id FROM events.mt_events"))
            await using (var reader = await half.ExecuteReader())
                Assert.True(await reader.ReadAsync());
            Assert.Equal(clean, await State(database));
        }
    }

    [Fact]
    public async Task Nor_a_statement_that_was_cancelled()
    {
        await using var world = await Isolated.TwoTenants(100);
        await using var database = OneConnection(world, DatabaseRoles.Query);
        var clean = await State(database);
        for (var i = 0; i < 3; i++)
        {
            using var soon = new CancellationTokenSource(50);
            await using (var sleep = database.For(Isolated.A).Command("SELECT pg_sleep(60)"))
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sleep.ExecuteScalar(soon.Token));
            var state = await State(database);
            Assert.Equal(clean[..clean.LastIndexOf('/')], state[..state.LastIndexOf('/')]);
            Assert.Equal(["0"], await Isolated.Texts(database.DataSource, "SELECT count(*) FROM events.mt_events"));
        }
    }

    [Fact]
    public async Task The_role_of_a_copy_ends_with_its_transaction()
    {
        await using var world = await World.Create(Isolated.A);
        await using var database = OneConnection(world, DatabaseRoles.Project);
        var clean = await State(database);
        foreach (var commits in (bool[])[true, false, true])
        {
            await using (var transaction = await database.For(Isolated.A).Begin())
            {
                await using (var become = transaction.Batch(DatabaseRoles.Become(DatabaseRoles.ProjectCopy)))
                    await become.ExecuteNonQuery();
                if (commits)
                    await transaction.Commit();
            }
            Assert.Equal(clean, await State(database));
        }
    }

    [Fact]
    public async Task Many_at_once_never_see_each_others_tenant()
    {
        await using var world = await Isolated.TwoTenants(200);
        await using var database = new Database($"{world.Database.ConnectionString};Maximum Pool Size=4", DatabaseRoles.Query);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(worker => Task.Run(async () =>
        {
            var tenant = worker % 2 == 0 ? Isolated.A : Isolated.B;
            for (var i = 0; i < 60; i++)
                Assert.Equal(
                    [tenant],
                    await Isolated.Texts(database.For(tenant), i % 3 == 0
                        ? "SELECT DISTINCT tenant_id FROM kpi.cube" : "SELECT DISTINCT tenant_id FROM events.mt_events"));
        })));
    }

    [Fact]
    public async Task A_copy_before_the_first_statement_is_an_error_of_ours()
    {
        await using var world = await World.Create(Isolated.A);
        await using var transaction = await world.Database.Database.For(Isolated.A).Begin();
        Assert.Throws<InvalidOperationException>(() => transaction.Connection);
    }

    [Fact]
    public void A_role_that_nobody_takes_on_within_a_transaction_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DatabaseRoles.Become(DatabaseRoles.Migrate));

    private static Database OneConnection(World world, string role) =>
        new($"{world.Database.ConnectionString};Maximum Pool Size=1", role);

    private static async Task<string> State(Database database) =>
        (await Isolated.Texts(database.DataSource, StateSql)).Single();
}
