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
        await using var transaction = await database.For(tenant).Begin(ct: ct);
        if (await GenerationStore.Start(
            transaction, tenant, rulesVersion, GenerationStatus.Verifying, settings, "", ct) is not { } generation)
            return false;
        await transaction.Execute(StartSql, new object[] { tenant, generation }, ct);
        await transaction.Commit(ct);
        return true;
    }

    /// <summary>The last verification; null when there was none.</summary>
    public async Task<VerificationReport?> Find(string tenant, CancellationToken ct = default)
    {
        await using var command = database.For(tenant).Command(ReadSql, tenant);
        await using var reader = await command.ExecuteReader(ct);
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
        long cells, facts = 0, differences;
        var examples = new List<string>();
        long sequence;
        await using (var snapshot = await database.For(live.Tenant).Begin(IsolationLevel.RepeatableRead, ct))
        {
            if (await ReadCheckpoints(snapshot, live, fresh, ct) is not { } equal)
                return false;
            sequence = equal.Sequence;
            differences = equal.SettingsDiffer ? 1 : 0;
            if (equal.SettingsDiffer)
                examples.Add("settings: the live read models count under other settings than the log gives");
            (cells, var different) = await Count(snapshot, CellsSql, live, fresh, examples, ct);
            differences += different;
            foreach (var schema in FactSchema.All)
            {
                var (count, differing) = await Count(snapshot, FactComparison(schema), live, fresh, examples, ct);
                facts += count;
                differences += differing;
            }
        }
        await End(
            live.Tenant,
            [live.Tenant, fresh.Number, "done", DBNull.Value, sequence, cells, facts, differences, examples.ToArray()], ct);
        return true;
    }

    /// <summary>Ends a verification that cannot be finished.</summary>
    public Task Fail(string tenant, int generation, string detail, CancellationToken ct = default) => End(
        tenant,
        [tenant, generation, "failed", detail, .. Enumerable.Range(0, 4).Select(_ => new NpgsqlParameter<long?>()),
            Array.Empty<string>()],
        ct);

    private async Task End(string tenant, object[] values, CancellationToken ct)
    {
        await using var command = database.For(tenant).Command(EndSql, values);
        await command.ExecuteNonQuery(ct);
    }

    private static string FactComparison(FactSchema schema)
    {
        string Row(string side) => $"row({side}.folded{string.Concat(schema.Columns.Select(c => $", {side}.\"{c.Name}\""))})";
        return FactsSql.Replace("{table}", schema.Table)
            .Replace("{row}", $"{Row("live")} IS DISTINCT FROM {Row("fresh")}");
    }

    private static async Task<(long Sequence, bool SettingsDiffer)?> ReadCheckpoints(
        ScopedTransaction snapshot, Generation live, Generation fresh, CancellationToken ct)
    {
        await using var command = snapshot.Command(CheckpointsSql, live.Tenant, live.Number, fresh.Number);
        await using var reader = await command.ExecuteReader(ct);
        var rows = new List<(long Sequence, string CountingKey)>();
        while (await reader.ReadAsync(ct))
            rows.Add((reader.GetInt64(1), reader.GetString(2)));
        return rows.Count == 2 && rows[0].Sequence == rows[1].Sequence
            ? (rows[0].Sequence, rows[0].CountingKey != rows[1].CountingKey)
            : null;
    }

    private static async Task<(long Compared, long Different)> Count(
        ScopedTransaction snapshot, string sql, Generation live, Generation fresh, List<string> examples,
        CancellationToken ct)
    {
        await using var command = snapshot.Command(sql, live.Tenant, live.Number, fresh.Number, ExamplesMax);
        command.Timeout = CompareSecondsMax;
        await using var reader = await command.ExecuteReader(ct);
        await reader.ReadAsync(ct);
        examples.AddRange(reader.GetFieldValue<string[]>(2));
        return (reader.GetInt64(0), reader.GetInt64(1));
    }
}
