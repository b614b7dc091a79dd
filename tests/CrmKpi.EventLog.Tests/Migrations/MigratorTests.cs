using CrmKpi.Postgres;
using CrmKpi.Testing;

namespace CrmKpi.EventLog.Tests.Migrations;

public sealed class MigratorTests
{
    private const string LocksHeld =
        """
        SELECT count(*) FROM pg_locks
        WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """;

    [Fact]
    public async Task Many_that_start_at_once_migrate_once()
    {
        await using var db = await TestDatabase.Create(migrated: false);
        await Task.WhenAll(Enumerable.Range(0, 4)
            .Select(_ => Task.Run(() => Migrator.Apply(db.Database, TestDatabase.Assemblies))));
        var applied = await db.Scalar<long>("SELECT count(*) FROM control.migrations");
        Assert.True(applied >= 4);
        await Migrator.Apply(db.Database, TestDatabase.Assemblies);
        Assert.Equal(applied, await db.Scalar<long>("SELECT count(*) FROM control.migrations"));
        Assert.Equal(0, await db.Scalar<long>(LocksHeld));
    }

    [Fact]
    public async Task Files_are_applied_by_number_over_all_assemblies()
    {
        await using var db = await TestDatabase.Create(migrated: false);
        // The log's files need the tables of the control schema, whichever assembly is named first.
        await Migrator.Apply(db.Database, [typeof(EventLog).Assembly, typeof(Database).Assembly]);
        Assert.Equal(
            "CrmKpi.Postgres/001_control",
            await db.Scalar<string>("SELECT name FROM control.migrations ORDER BY applied_at LIMIT 1"));
    }

    [Fact]
    public async Task A_file_that_was_changed_after_it_was_applied_is_refused()
    {
        await using var db = await TestDatabase.Create();
        await db.Execute("UPDATE control.migrations SET checksum = 'other' WHERE name = 'CrmKpi.EventLog/010_events'");
        var error = await Assert.ThrowsAsync<MigrationException>(() => Migrator.Apply(db.Database, TestDatabase.Assemblies));
        Assert.Contains("CrmKpi.EventLog/010_events", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await db.Scalar<long>(LocksHeld));
    }

    [Fact]
    public async Task A_file_that_fails_leaves_nothing_behind_and_is_named()
    {
        await using var db = await TestDatabase.Create(migrated: false);
        // In the way of a later statement of the file.
        await db.Execute("CREATE SCHEMA control; CREATE TABLE control.api_keys (n int)");
        var error = await Assert.ThrowsAsync<MigrationException>(() => Migrator.Apply(db.Database, TestDatabase.Assemblies));
        Assert.Contains("001_control", error.Message, StringComparison.Ordinal);
        Assert.True(await db.Scalar<bool>("SELECT to_regclass('control.agencies') IS NULL"));
        await db.Execute("DROP TABLE control.api_keys");
        await Migrator.Apply(db.Database, TestDatabase.Assemblies);
        Assert.Equal(1, await db.Scalar<long>("SELECT count(*) FROM control.agencies WHERE id = 'default'"));
    }
}
