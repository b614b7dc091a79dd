using System.Collections.Frozen;
using System.Data;
using System.Numerics;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Settings;
using CrmKpi.Postgres;
using CrmKpi.ReadModels.Store;
using Npgsql;

namespace CrmKpi.ReadModels.Memory;

/// <summary>
/// Reads a tenant's cube, or what has changed since a snapshot of it, in one repeatable-read transaction, so that every
/// column is at the sequence of the checkpoint.
/// </summary>
internal sealed class CubeReader(Database database)
{
    private static readonly string LiveSql = Sql.Text<CubeReader>("Sql.read_live.sql");
    private static readonly string ChangesSql = Sql.Text<CubeReader>("Sql.read_changes.sql");
    private static readonly string SetsSql = Sql.Text<CubeReader>("Sql.load_dimension_sets.sql");
    private static readonly string ColumnSql = Sql.Text<CubeReader>("Sql.read_column.sql");

    /// <summary>A snapshot with the measures held and those wanted; the one held if nothing is new; null without a read model.</summary>
    public async Task<CubeSnapshot?> Read(
        string tenant, CubeSnapshot? held, IReadOnlyCollection<Measure> wanted, CancellationToken ct)
    {
        await using var transaction = await database.For(tenant).Begin(IsolationLevel.RepeatableRead, ct);
        return await Read(transaction, tenant, held, wanted, ct);
    }

    /// <summary>The same, as the first statements of a repeatable-read transaction that goes on after it.</summary>
    public static async Task<CubeSnapshot?> Read(
        ScopedTransaction transaction, string tenant, CubeSnapshot? held, IReadOnlyCollection<Measure> wanted, CancellationToken ct)
    {
        if (await ReadHead(transaction, tenant, held, ct) is not { } head)
            return null;
        // The tenant has moved in between: ids of dimension sets mean something else.
        if (held is not null && Generations.Generation.LifeOf(head.Generation) != Generations.Generation.LifeOf(held.Generation))
            return await Read(transaction, tenant, null, [.. wanted, .. held.Columns.Values.Select(column => column.Measure)], ct);

        var columns = head.Apply(held);
        var missing = wanted.Concat(held?.Columns.Values.Select(column => column.Measure) ?? [])
            .DistinctBy(measure => measure.Id)
            .Where(measure => !columns.ContainsKey(measure.Id))
            .ToArray();
        if (held is not null && missing.Length == 0 && head.IsAt(held))
            return held;
        await ReadColumns(transaction, tenant, head.Generation, missing, columns, ct);

        var settings = SettingsFold.Deserialize(head.Settings).Settings;
        return new CubeSnapshot(
            tenant, head.Generation, head.Sequence, head.RulesVersion, settings,
            ((DimensionList?)held?.DimensionSets ?? DimensionList.Empty).Append(head.NewSets), columns.ToFrozenDictionary());
    }

    private static async Task<Head?> ReadHead(
        ScopedTransaction transaction, string tenant, CubeSnapshot? held, CancellationToken ct)
    {
        await using var batch = transaction.Batch(
            new(LiveSql) { Parameters = { new() { Value = tenant } } },
            new(SetsSql)
            {
                Parameters = { new() { Value = tenant }, new() { Value = held?.DimensionSets.Count ?? 0 } },
            },
            new(ChangesSql)
            {
                Parameters =
                {
                    new() { Value = tenant }, new() { Value = held?.Generation ?? 0 },
                    new() { Value = held?.Sequence ?? 0 },
                },
            });
        await using var reader = await batch.ExecuteReader(ct);
        if (!await reader.ReadAsync(ct))
            return null;
        var head = new Head(
            reader.GetInt32(0), reader.GetInt32(1), reader.GetInt64(2), reader.GetFieldValue<byte[]>(3));
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
            head.NewSets.Add(DimensionSet.FromValues(reader.GetFieldValue<string?[]>(1)));
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
            head.Changes.Add((reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2)));
        return head;
    }

    private static async Task ReadColumns(
        ScopedTransaction transaction, string tenant, int generation, Measure[] measures,
        Dictionary<short, MeasureColumn> into, CancellationToken ct)
    {
        if (measures.Length == 0)
            return;
        await using var batch = transaction.Batch();
        foreach (var measure in measures)
            batch.Add(new(ColumnSql)
            {
                Parameters = { new() { Value = tenant }, new() { Value = generation }, new() { Value = measure.Id } },
            });
        await using var reader = await batch.ExecuteReader(ct);
        foreach (var measure in measures)
        {
            var column = new ColumnBuilder(0);
            while (await reader.ReadAsync(ct))
                column.Add(reader.GetInt32(0), reader.GetInt32(1), reader.GetInt32(2),
                    new CellValue(reader.GetInt64(3), Numeric(reader, 4), Numeric(reader, 6)));
            into.Add(measure.Id, column.Build(measure));
            await reader.NextResultAsync(ct);
        }
    }

    private static Int128 Numeric(NpgsqlDataReader reader, int narrow) => reader.IsDBNull(narrow)
        ? (Int128)reader.GetFieldValue<BigInteger>(narrow + 1)
        : (Int128)reader.GetFieldValue<decimal>(narrow);

    /// <summary>Where the live generation stands and what is new since the snapshot held.</summary>
    private sealed record Head(int Generation, int RulesVersion, long Sequence, byte[] Settings)
    {
        public List<DimensionSet> NewSets { get; } = [];
        public List<(long From, long To, byte[] Cells)> Changes { get; } = [];

        public bool IsAt(CubeSnapshot held) => held.Generation == Generation && held.Sequence == Sequence;

        /// <summary>The held columns at this sequence; none when the changes do not reach from there to here.</summary>
        public Dictionary<short, MeasureColumn> Apply(CubeSnapshot? held)
        {
            if (held is null || held.Generation != Generation)
                return [];
            var at = held.Sequence;
            foreach (var (from, to, _) in Changes)
                at = from == at ? to : long.MinValue;
            if (at != Sequence)
                return [];

            var sums = new Dictionary<CellKey, CellValue>();
            foreach (var (_, _, bytes) in Changes)
                foreach (var (key, value) in CellBytes.Read(bytes))
                    if (held.Columns.ContainsKey(key.Measure))
                        sums[key] = sums.GetValueOrDefault(key) + value;
            var columns = held.Columns.ToDictionary();
            foreach (var group in sums.GroupBy(pair => pair.Key.Measure))
            {
                var rows = group.Select(pair => new CellRow(pair.Key, pair.Value)).ToArray();
                Array.Sort(rows, static (a, b) => CellRow.Compare(a.Key, b.Key));
                columns[group.Key] = ColumnMerge.Apply(columns[group.Key], rows);
            }
            return columns;
        }
    }
}
