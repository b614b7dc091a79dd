using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using Npgsql;

namespace CrmKpi.ReadModels.Tests.Isolation;

/// <summary>What the services' roles see and may do, with statements as wrong as can be.</summary>
public sealed class RowSecurityTests
{
    /// <summary>Tables without rows of tenants.</summary>
    private static readonly string[] Nobodys = ["control.agencies", "control.agency_quotas", "control.migrations", "control.api_keys"];

    private static readonly string[] Services =
        [DatabaseRoles.Ingest, DatabaseRoles.Project, DatabaseRoles.Query, DatabaseRoles.Privacy];

    [Fact]
    public async Task Without_a_tenant_no_role_reads_a_row_of_any_table()
    {
        await using var world = await Isolated.TwoTenants();
        var filled = 0;
        foreach (var role in Services)
        {
            await using var database = world.Database.As(role);
            foreach (var table in (await RightsTests.Tables(world.Database)).Except(Nobodys))
            {
                if (await MaySelect(world, role, table))
                {
                    var rows = await Isolated.Texts(database.DataSource, $"SELECT count(*) FROM {table}");
                    Assert.True(rows is ["0"], $"{role} reads {rows[0]} rows of {table} without a tenant.");
                    filled += await world.Database.Scalar<bool>($"SELECT EXISTS (SELECT FROM {table})") ? 1 : 0;
                }
                else
                {
                    await Isolated.Refused(() => Isolated.Texts(database.DataSource, $"SELECT count(*) FROM {table}"));
                }
            }
        }
        Assert.True(filled > 40, $"Only {filled} of the tables had rows to be hidden.");
    }

    [Theory]
    [InlineData("SELECT DISTINCT {tenant} FROM {table}")]
    [InlineData("SELECT DISTINCT {tenant} FROM {table} WHERE {tenant} = 'beta' OR true")]
    [InlineData("SELECT DISTINCT {tenant} FROM (SELECT * FROM {table} UNION ALL SELECT * FROM {table} WHERE {tenant} <> 'alpha') u")]
    [InlineData("SELECT DISTINCT b.{tenant} FROM {table} a CROSS JOIN LATERAL (SELECT * FROM {table} LIMIT 5) b")]
    public async Task A_wrong_statement_reads_the_set_tenants_rows_only(string sql)
    {
        await using var world = await Isolated.TwoTenants(600);
        foreach (var role in Services)
        {
            await using var database = world.Database.As(role);
            foreach (var table in (await RightsTests.Tables(world.Database)).Except(Nobodys))
                if (await MaySelect(world, role, table))
                {
                    var column = table switch
                    {
                        "control.audit" => role == DatabaseRoles.Privacy ? "subject" : "agency",
                        "control.tenants" => "id",
                        "events.mt_tenant_partitions" => "partition_value",
                        "events.mt_event_progression" => "name",
                        "events.mt_doc_deadletterevent" => "data::text",
                        "control.own_kpis" or "control.own_kpi_sets" => "owner",
                        _ => "tenant_id",
                    };
                    var statement = sql.Replace("{table}", table).Replace("{tenant}", column);
                    var seen = await Isolated.Texts(database.For(Isolated.A), statement);
                    Assert.All(seen, owner => Assert.Contains(owner, (string[])[Isolated.A, "tenant/" + Isolated.A]));
                    var hasRows = await world.Database.Scalar<bool>(
                        $"SELECT EXISTS (SELECT FROM {table} WHERE {column} IN ('alpha', 'tenant/alpha'))");
                    Assert.Equal(hasRows ? 1 : 0, seen.Count);
                }
        }
    }

    [Fact]
    public async Task Nobody_changes_or_deletes_events()
    {
        await using var world = await Isolated.TwoTenants(300);
        foreach (var role in (string[])[DatabaseRoles.Ingest, DatabaseRoles.Project, DatabaseRoles.Query])
        {
            await using var database = world.Database.As(role);
            foreach (var table in (string[])["events.mt_events", "events.mt_events_00", "events.mt_events_15"])
            {
                await Isolated.Refused(() => Run(database, $"UPDATE {table} SET data = '{{}}'"));
                await Isolated.Refused(() => Run(database, $"UPDATE {table} SET tenant_id = 'beta' WHERE tenant_id = 'alpha'"));
                await Isolated.Refused(() => Run(database, $"DELETE FROM {table} WHERE tenant_id = 'alpha'"));
                await Isolated.Refused(() => Run(database, $"TRUNCATE {table}"));
            }
            await Isolated.Refused(() => Run(database, "DELETE FROM events.mt_streams"));
            await Isolated.Refused(() => Run(database, "DELETE FROM events.tenant_heads"));
            await Isolated.Refused(() => Run(database, "ALTER TABLE events.mt_events DISABLE ROW LEVEL SECURITY"));
            await Isolated.Refused(() => Run(database, "DROP POLICY of_tenant ON events.mt_events"));
        }
    }

    [Fact]
    public async Task Query_writes_nothing()
    {
        await using var world = await Isolated.TwoTenants(300);
        await using var query = world.Database.As(DatabaseRoles.Query);
        foreach (var table in await RightsTests.Tables(world.Database))
        {
            await Isolated.Refused(() => Run(query, $"DELETE FROM {table}"));
            await Isolated.Refused(() => Run(query, $"INSERT INTO {table} DEFAULT VALUES"));
        }
        await Isolated.Refused(() => Run(query, "CREATE TABLE kpi.mine (n int)"));
        await Isolated.Refused(() => Run(query, "SELECT * FROM kpi.tenants_with_work(1)"));
        await Isolated.Refused(() => Run(query, $"SET ROLE {DatabaseRoles.ProjectCopy}; DELETE FROM kpi.cube"));
    }

    [Fact]
    public async Task Writers_write_the_set_tenants_rows_only()
    {
        await using var world = await Isolated.TwoTenants(300);
        await using var project = world.Database.As(DatabaseRoles.Project);
        await using var ingest = world.Database.As(DatabaseRoles.Ingest);
        await Isolated.Refused(() => Run(project, "INSERT INTO kpi.cube VALUES ('beta', 1, 1, 1, 1, 0, 1, 1, 1)"));
        await Isolated.Refused(() => Run(project, "UPDATE kpi.cube SET tenant_id = 'beta'"));
        await Isolated.Refused(() => Run(ingest, "INSERT INTO control.tenants (id, name, agency) VALUES ('other', 'o', 'default')"));
        await Isolated.Refused(() => Run(ingest, "INSERT INTO control.own_kpi_sets (owner) VALUES ('agency/default2')"));
        await Isolated.Refused(() => Run(ingest, "INSERT INTO events.mt_streams (tenant_id, id, version) VALUES ('beta', 'x', 1)"));
        await Isolated.Refused(() => Run(ingest, """
            INSERT INTO events.mt_events (tenant_id, seq_id, id, version, timestamp, occurred_at, stream_id, type, source, source_id, data)
            VALUES ('beta', 9999, gen_random_uuid(), 1, now(), now(), 's', 't', 's', 'x', '{}')
            """));

        var cells = await world.Database.Scalar<long>("SELECT count(*) FROM kpi.cube WHERE tenant_id = 'beta'");
        await using (var all = project.For(Isolated.A).Command("DELETE FROM kpi.cube WHERE true"))
            Assert.True(await all.ExecuteNonQuery() > 0);
        Assert.Equal(cells, await world.Database.Scalar<long>("SELECT count(*) FROM kpi.cube"));
        await using (var heads = ingest.For(Isolated.A).Command("UPDATE events.tenant_heads SET last_seq = last_seq"))
            Assert.Equal(1, await heads.ExecuteNonQuery());
    }

    [Theory]
    [InlineData(DatabaseRoles.IngestCopy, "events.mt_events", "COPY events.mt_events FROM STDIN")]
    [InlineData(DatabaseRoles.ProjectCopy, "kpi.cube", "COPY kpi.cube FROM STDIN")]
    [InlineData(DatabaseRoles.ProjectCopy, "kpi.deals", "COPY kpi.deals (tenant_id, generation, sequence, id, folded) FROM STDIN")]
    public async Task Who_copies_reads_nothing_and_names_no_tenant(string role, string table, string copy)
    {
        await using var world = await Isolated.TwoTenants(300);
        await using var database = world.Database.As(role);
        await Isolated.Refused(() => Run(database, $"SELECT count(*) FROM {table}"));
        await Isolated.Refused(() => Run(database, $"INSERT INTO {table} (tenant_id) VALUES ('beta')"));
        await Isolated.Refused(() => Run(database, $"DELETE FROM {table}"));
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await Isolated.Refused(() => connection.BeginTextImportAsync(copy));
    }

    [Fact]
    public async Task A_copy_without_a_tenant_is_refused()
    {
        await using var world = await World.Create(Isolated.A);
        await using var database = world.Database.As(DatabaseRoles.ProjectCopy);
        await using var connection = await database.DataSource.OpenConnectionAsync();
        var error = await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            await using var copy = await connection.BeginTextImportAsync(
                "COPY kpi.deals (generation, sequence, id, folded) FROM STDIN");
            await copy.WriteAsync("1\t1\tx\t\\\\x00\n");
        });
        Assert.Equal(PostgresErrorCodes.NotNullViolation, error.SqlState);
    }

    [Fact]
    public async Task An_agency_sees_its_tenants_and_its_own_kpis_and_no_others()
    {
        await using var world = await Isolated.TwoTenants(100);
        await world.Database.Execute("INSERT INTO control.agencies (id, name) VALUES ('second', 'Second')");
        await new TenantStore(world.Database.Database).Register("gamma", "Gamma", "second");
        await using var ingest = world.Database.As(DatabaseRoles.Ingest);
        Assert.Equal(
            ["alpha", "beta"], await Isolated.Texts(ingest.ForAgency("default"), "SELECT id FROM control.tenants ORDER BY 1"));
        Assert.Equal(["gamma"], await Isolated.Texts(ingest.ForAgency("second"), "SELECT id FROM control.tenants"));
        Assert.Equal(
            ["agency/default"], await Isolated.Texts(ingest.ForAgency("default"), "SELECT owner FROM control.own_kpis"));
        Assert.Empty(await Isolated.Texts(ingest.ForAgency("second"), "SELECT owner FROM control.own_kpis"));
        Assert.Empty(await Isolated.Texts(ingest.ForAgency("default"), "SELECT tenant_id FROM events.mt_events"));
    }

    private static async Task Run(Database database, string sql)
    {
        await using var transaction = await database.For(Isolated.A).Begin();
        foreach (var statement in sql.Split("; "))
            await transaction.Execute(statement, Array.Empty<object>());
    }

    private static Task<bool> MaySelect(World world, string role, string table) =>
        world.Database.Scalar<bool>("SELECT has_table_privilege($1, $2, 'SELECT')", role, table);
}
