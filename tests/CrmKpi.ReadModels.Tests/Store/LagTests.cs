using CrmKpi.Postgres;
using CrmKpi.Testing;
using Npgsql;

namespace CrmKpi.ReadModels.Tests.Store;

/// <summary>What monitors are told: how far the read models of all tenants are behind, and nothing else.</summary>
public sealed class LagTests
{
    [Fact]
    public async Task The_lag_is_what_the_read_models_of_all_tenants_lack()
    {
        await using var world = await World.Create("a", "b", "idle");
        await using var monitor = world.Database.As(DatabaseRoles.Monitor);
        Assert.Equal((0, 0, 0, 0), await Lag(monitor));

        await world.Append("a", SampleHistory.Events(1_000, seed: 1).Take(100));
        await world.Append("b", SampleHistory.Events(1_000, seed: 2).Take(30));
        var (events, seconds, behind, parked) = await Lag(monitor);
        Assert.Equal((130, 2, 0), (events, behind, parked));
        Assert.InRange(seconds, 0.000001, 600);
        Assert.Equal(130L, await Scalar(monitor, "SELECT kpi.lag_events()"));

        await world.CatchUp("a");
        Assert.Equal((30, 1), await EventsAndTenants(monitor));
        await world.CatchUp("b");
        Assert.Equal((0, 0, 0, 0), await Lag(monitor));

        // The age is that of the oldest event that is missing.
        await world.Append("b", "lead.created", "lead/old", "{}");
        await world.Database.Execute(
            "UPDATE events.mt_events SET timestamp = now() - interval '1 hour' WHERE tenant_id = 'b' AND seq_id = 31");
        await world.Append("b", "lead.created", "lead/new", "{}");
        Assert.InRange((await Lag(monitor)).Seconds, 3_590, 4_200);
        await world.Database.Execute("UPDATE kpi.generations SET parked_reason = 'sick' WHERE tenant_id = 'a'");
        Assert.Equal(1, (await Lag(monitor)).Parked);
    }

    [Fact]
    public async Task A_monitor_reads_no_table_and_ingestion_cannot_ask()
    {
        await using var database = await TestDatabase.Create();
        await using var monitor = database.As(DatabaseRoles.Monitor);
        foreach (var table in await Isolation.RightsTests.Tables(database))
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => Scalar(monitor, $"SELECT count(*) FROM {table}"));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
        await using var ingest = database.As(DatabaseRoles.Ingest);
        await Assert.ThrowsAsync<PostgresException>(() => Scalar(ingest, "SELECT kpi.lag_events()"));
    }

    private static async Task<(long, long)> EventsAndTenants(Database database)
    {
        var lag = await Lag(database);
        return (lag.Events, lag.Behind);
    }

    private static async Task<(long Events, double Seconds, long Behind, long Parked)> Lag(Database database)
    {
        await using var command = database.DataSource.CreateCommand(
            "SELECT events, seconds, tenants_behind, parked, database_bytes FROM kpi.lag()");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.InRange(reader.GetInt64(4), 1_000_000, long.MaxValue);
        return (reader.GetInt64(0), reader.GetDouble(1), reader.GetInt64(2), reader.GetInt64(3));
    }

    private static async Task<object?> Scalar(Database database, string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
