using CrmKpi.Domain.Folding;
using CrmKpi.Postgres;
using CrmKpi.Testing;

namespace CrmKpi.ReadModels.Tests.Isolation;

/// <summary>Who may do what with which table: the whole matrix. A new table shows up here, with nobody's rights or with too many.</summary>
public sealed class RightsTests
{
    private const string Facts = "project: select, insert, update, delete; query: select; privacy: select, delete; "
        + "project_copy: insert columns";

    private static readonly string[] Roles = ["ingest", "project", "query", "privacy", "monitor", "ingest_copy", "project_copy"];

    private static readonly Dictionary<string, string> Expected = new()
    {
        ["control.migrations"] = "ingest: select; project: select; query: select; privacy: select",
        ["control.agencies"] = "ingest: select, insert, update columns; project: select, update columns; query: select; "
            + "privacy: select, insert, update columns",
        ["control.agency_quotas"] = "ingest: select, insert, update",
        ["control.usage_days"] = "privacy: select, insert, delete",
        ["control.audit"] = "ingest: select, insert; project: insert; privacy: select, insert, update columns",
        ["control.tenants"] = "ingest: select, insert; project: select; query: select; "
            + "privacy: select, insert, update columns, delete",
        ["control.home_version"] = "",
        ["control.moves"] = "privacy: select, insert, update, delete",
        ["control.deletions"] = "ingest: select; privacy: select, insert, update",
        ["control.forgettings"] = "privacy: select, insert, update, delete",
        ["control.api_keys"] =
            "ingest: select, insert, update; project: select, update columns; query: select, update columns; "
            + "privacy: select, update columns, delete",
        ["control.own_kpi_sets"] = "ingest: select, insert, update; query: select; privacy: select, delete",
        ["control.own_kpis"] = "ingest: select, insert, update, delete; query: select; privacy: select, delete",
        ["control.quarantine"] = "ingest: select, insert, update, delete; privacy: select, insert, delete",
        ["events.mt_events"] = "ingest: select, insert; project: select; query: select; "
            + "privacy: select, insert, update columns, delete; "
            + "ingest_copy: insert columns",
        ["events.mt_streams"] = "ingest: select, insert, update columns; privacy: select, insert, update columns, delete",
        ["events.tenant_heads"] = "ingest: select, update columns; project: select; query: select; "
            + "privacy: select, insert, update columns, delete",
        ["events.mt_tenant_partitions"] = "privacy: select, insert, delete",
        ["events.mt_event_progression"] = "privacy: select, delete",
        ["events.mt_doc_deadletterevent"] = "privacy: select, delete",
        ["kpi.generations"] =
            "project: select, insert, update, delete; query: select; privacy: select, insert, update, delete",
        ["kpi.dimension_sets"] = "project: select, insert; query: select; privacy: select, update columns, delete",
        ["kpi.cube_changes"] = "project: select, insert, delete; query: select; privacy: select, delete",
        ["kpi.verifications"] = "project: select, insert, update; query: select; privacy: select, delete",
        ["kpi.cube"] = Facts,
    };

    /// <summary>Tables whose rows are somebody's without a column tenant_id, or nobody's.</summary>
    private static readonly string[] WithoutTenantColumn =
    [
        "control.agencies", "control.agency_quotas", "control.api_keys", "control.audit", "control.home_version",
        "control.migrations",
        "control.own_kpi_sets", "control.own_kpis", "control.tenants", "events.mt_doc_deadletterevent",
        "events.mt_event_progression", "events.mt_tenant_partitions",
    ];

    /// <summary>Tables that every service may read as a whole, or that none may read at all.</summary>
    private static readonly string[] WithoutTenant =
        ["control.agencies", "control.agency_quotas", "control.api_keys", "control.home_version", "control.migrations"];

    [Fact]
    public async Task Every_right_on_every_table_is_one_that_was_given_on_purpose()
    {
        await using var database = await TestDatabase.Create();
        var expected = Expected.Concat(FactSchema.All.Select(schema => KeyValuePair.Create($"kpi.{schema.Table}", Facts)))
            .ToDictionary();
        foreach (var table in await Tables(database))
        {
            var actual = await Rights(database, table);
            Assert.True(
                expected.TryGetValue(table, out var wanted) || IsPartition(table),
                $"{table} is new: give the roles what they need in Migrations/rights.sql of its project, and say so here. "
                + $"It has: {actual}");
            Assert.Equal($"{table}: {wanted}", $"{table}: {actual}");
        }
    }

    [Fact]
    public async Task Nobody_may_truncate_trigger_or_refer_and_nothing_is_public()
    {
        await using var database = await TestDatabase.Create();
        foreach (var table in await Tables(database))
            foreach (var role in Roles)
                Assert.False(
                    await database.Scalar<bool>($"SELECT has_table_privilege('crmkpi_{role}', '{table}', 'TRUNCATE, TRIGGER, REFERENCES')"),
                    $"{role} on {table}");
        await database.Execute("DO $$ BEGIN CREATE ROLE crmkpi_test_nobody; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        foreach (var table in await Tables(database))
            Assert.False(await database.Scalar<bool>(
                $"SELECT has_table_privilege('crmkpi_test_nobody', '{table}', 'SELECT, INSERT, UPDATE, DELETE')"), table);
    }

    [Fact]
    public async Task Every_table_with_a_tenant_has_row_level_security()
    {
        await using var database = await TestDatabase.Create();
        foreach (var table in await Tables(database))
        {
            var hasTenant = await database.Scalar<bool>(
                "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = $1::regclass AND attname = 'tenant_id')", table);
            Assert.Equal(!WithoutTenantColumn.Contains(table), hasTenant);
            if (hasTenant || !WithoutTenant.Contains(table))
                Assert.True(await database.Scalar<bool>(
                    "SELECT relrowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = $1::regclass) "
                    + "FROM pg_class WHERE oid = $1::regclass", table), table);
        }
    }

    [Fact]
    public async Task A_table_that_a_later_migration_adds_is_protected_with_the_next_run()
    {
        await using var database = await TestDatabase.Create();
        await database.Execute("SET ROLE crmkpi_migrate; CREATE TABLE kpi.later (tenant_id text, n int); RESET ROLE");
        await database.Execute("UPDATE control.migrations SET checksum = 'old' WHERE name LIKE '%/rights'");
        await Migrator.Apply(database.Database, TestDatabase.Assemblies);
        Assert.True(await database.Scalar<bool>(
            "SELECT relrowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid) FROM pg_class c "
            + "WHERE c.oid = 'kpi.later'::regclass"));
    }

    [Fact]
    public async Task A_right_that_was_given_by_hand_is_gone_after_the_next_run()
    {
        await using var database = await TestDatabase.Create();
        await database.Execute("GRANT DELETE ON events.mt_events TO crmkpi_ingest");
        await database.Execute("GRANT UPDATE (data) ON events.mt_events TO crmkpi_query");
        await database.Execute("UPDATE control.migrations SET checksum = 'old' WHERE name LIKE '%/rights'");
        await Migrator.Apply(database.Database, TestDatabase.Assemblies);
        Assert.Equal(Expected["events.mt_events"], await Rights(database, "events.mt_events"));
    }

    [Fact]
    public async Task What_runs_with_the_owners_rights_is_known_and_its_owner_is_no_superuser()
    {
        await using var database = await TestDatabase.Create();
        var functions = await Isolated.Texts(database.Database.DataSource, """
            SELECT p.oid::regprocedure::text || ' ' || r.rolname || ' ' || r.rolsuper || ' ' || coalesce(p.proconfig::text, '')
                || ' ' || has_function_privilege('crmkpi_query', p.oid, 'EXECUTE')
            FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
            WHERE p.pronamespace IN ('control'::regnamespace, 'events'::regnamespace, 'kpi'::regnamespace) AND p.prosecdef
            ORDER BY 1
            """);
        Assert.Equal(
            [
                "control.keep_tenant_quota() crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} false",
                "control.move_home_version() crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} false",
                "control.open_deletions(integer) crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} false",
                "control.open_forgettings(integer) crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} false",
                "control.open_moves(integer) crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} false",
                "control.read_home_version() crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} true",
                "control.refuse_deleted_tenant() crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} false",
                "control.tenant_homes() crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} true",
                "events.agency_usage(text,date,date) crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} false",
                "events.begin_usage_day() crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} false",
                "events.keep_usage_of_deleted() crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} false",
                "events.register_tenant() crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} false",
                "events.require_home() crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} false",
                "kpi.lag() crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} true",
                "kpi.lag_events() crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} true",
                "kpi.require_log() crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} false",
                "kpi.tenants_with_work(integer) crmkpi_migrate false {\"search_path=pg_catalog, pg_temp\"} false",
            ],
            functions);
    }

    internal static async Task<IReadOnlyList<string>> Tables(TestDatabase database) => await Isolated.Texts(
        database.Database.DataSource, """
        SELECT c.relnamespace::regnamespace || '.' || c.relname FROM pg_class c
        WHERE c.relnamespace IN ('control'::regnamespace, 'events'::regnamespace, 'kpi'::regnamespace)
            AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        ORDER BY 1
        """);

    internal static bool IsPartition(string table) => table[..^3] is "events.mt_events" or "events.mt_streams";

    private static async Task<string> Rights(TestDatabase database, string table)
    {
        var rights = new List<string>();
        foreach (var role in Roles)
        {
            var verbs = new List<string>();
            foreach (var verb in new[] { "select", "insert", "update", "delete" })
                if (await database.Scalar<bool>($"SELECT has_table_privilege('crmkpi_{role}', '{table}', '{verb}')"))
                    verbs.Add(verb);
                else if (verb != "delete" && await database.Scalar<bool>(
                    $"SELECT has_any_column_privilege('crmkpi_{role}', '{table}', '{verb}')"))
                    verbs.Add($"{verb} columns");
            if (verbs.Count > 0)
                rights.Add($"{role}: {string.Join(", ", verbs)}");
        }
        return string.Join("; ", rights);
    }
}
