using System.Data;
using CrmKpi.Domain.Folding;
using CrmKpi.Postgres;
using CrmKpi.ReadModels.Generations;
using Npgsql;

namespace CrmKpi.ReadModels.Verification;

/// <summary>Starts, compares and reports verifications. The recomputation itself is a generation that a lane fills.</summary>
public sealed class VerificationStore(Database database)
{
    /// <summary>Differences of each kind told in words.</summary>
    private const int ExamplesMax = 10;

    /// <summary>A comparison reads two whole builds.</summary>
    private const int CompareSecondsMax = 3_600;

    private static readonly string StartSql = Sql.Text<VerificationStore>("Sql.start_verification.sql");
    private static readonly string EndSql = Sql.Text<VerificationStore>("Sql.end_verification.sql");
    private static readonly string ReadSql = Sql.Text<VerificationStore>("Sql.read_verification.sql");
    private static readonly string CheckpointsSql = Sql.Text<VerificationStore>("Sql.read_checkpoints.sql");
    private static readonly string CellsSql = Sql.Text<VerificationStore>("Sql.compare_cells.sql");
    private static readonly string FactsSql = Sql.Text<VerificationStore>("Sql.compare_facts.sql");

    /// <summary>Starts a recomputation; false when one is running already, or there is nothing to verify.</summary>
    public async Task<bool> Start(string tenant, int rulesVersion, byte[] settings, CancellationToken ct = default)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await GenerationStore.Start(
            connection, tenant, rulesVersion, GenerationStatus.Verifying, settings, "", ct) is not { } generation)
            return false;
        await Execute(connection, StartSql, [tenant, generation], ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    /// <summary>The last verification; null when there was none.</summary>
    public async Task<VerificationReport?> Find(string tenant, CancellationToken ct = default)
    {
        await using var command = database.DataSource.CreateCommand(ReadSql);
        command.Parameters.Add(new() { Value = tenant });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
            return null;
        long? Number(int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);
        return new VerificationReport(
            reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), Number(3), Number(4), Number(5), Number(6),
            reader.GetFieldValue<string[]>(7), reader.GetFieldValue<DateTimeOffset>(8),
            reader.IsDBNull(9) ? null : reader.GetFieldValue<DateTimeOffset>(9), Number(10), Number(11));
    }

    /// <summary>Compares a recomputation with the live generation in one snapshot and stores the result; false when the two
    /// are not at the same sequence.</summary>
    public async Task<bool> Compare(Generation live, Generation fresh, CancellationToken ct = default)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        long cells, facts = 0, differences;
        var examples = new List<string>();
        long sequence;
        await using (var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct))
        {
            if (await ReadCheckpoints(connection, live, fresh, ct) is not { } equal)
                return false;
            sequence = equal.Sequence;
            differences = equal.SettingsDiffer ? 1 : 0;
            if (equal.SettingsDiffer)
                examples.Add("settings: the live read models count under other settings than the log gives");
            (cells, var different) = await Count(connection, CellsSql, live, fresh, examples, ct);
            differences += different;
            foreach (var schema in FactSchema.All)
            {
                var (count, differing) = await Count(connection, FactComparison(schema), live, fresh, examples, ct);
                facts += count;
                differences += differing;
            }
        }
        await Execute(
            connection, EndSql,
            [live.Tenant, fresh.Number, "done", DBNull.Value, sequence, cells, facts, differences, examples.ToArray()], ct);
        return true;
    }

    /// <summary>Ends a verification that cannot be finished.</summary>
    public async Task Fail(string tenant, int generation, string detail, CancellationToken ct = default)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(EndSql, connection);
        foreach (var value in new object[] { tenant, generation, "failed", detail })
            command.Parameters.Add(new() { Value = value });
        for (var i = 0; i < 4; i++)
            command.Parameters.Add(new NpgsqlParameter<long?> { TypedValue = null });
        command.Parameters.Add(new() { Value = Array.Empty<string>() });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static string FactComparison(FactSchema schema)
    {
        string Row(string side) => $"row({side}.folded{string.Concat(schema.Columns.Select(c => $", {side}.\"{c.Name}\""))})";
        return FactsSql.Replace("{table}", schema.Table)
            .Replace("{row}", $"{Row("live")} IS DISTINCT FROM {Row("fresh")}");
    }

    private static async Task<(long Sequence, bool SettingsDiffer)?> ReadCheckpoints(
        NpgsqlConnection connection, Generation live, Generation fresh, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(CheckpointsSql, connection)
        {
            Parameters = { new() { Value = live.Tenant }, new() { Value = live.Number }, new() { Value = fresh.Number } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<(long Sequence, string CountingKey)>();
        while (await reader.ReadAsync(ct))
            rows.Add((reader.GetInt64(1), reader.GetString(2)));
        return rows.Count == 2 && rows[0].Sequence == rows[1].Sequence
            ? (rows[0].Sequence, rows[0].CountingKey != rows[1].CountingKey)
            : null;
    }

    private static async Task<(long Compared, long Different)> Count(
        NpgsqlConnection connection, string sql, Generation live, Generation fresh, List<string> examples,
        CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection)
        {
            CommandTimeout = CompareSecondsMax,
            Parameters =
            {
                new() { Value = live.Tenant }, new() { Value = live.Number }, new() { Value = fresh.Number },
                new() { Value = ExamplesMax },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        examples.AddRange(reader.GetFieldValue<string[]>(2));
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    private static async Task Execute(
        NpgsqlConnection connection, string sql, object[] parameters, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters)
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(ct);
    }
}
