using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;
using CrmKpi.Postgres;
using CrmKpi.ReadModels.Generations;
using Npgsql;
using NpgsqlTypes;

namespace CrmKpi.ReadModels.Store;

/// <summary>
/// What a projection lane reads and writes. A commit holds facts, cells and the checkpoint together, or nothing:
/// <list type="number">
/// <item>move the checkpoint by compare-and-set, which locks the generation and stops a zombie;</item>
/// <item>give new dimension sets their ids, write facts, add cells, leave the changes to readers;</item>
/// <item>COPY what is new and much, in a role that can do nothing else, hence last;</item>
/// <item>commit.</item>
/// </list>
/// </summary>
public sealed class ProjectionStore(Database database)
{
    /// <summary>From this number of new rows on, COPY is cheaper than arrays.</summary>
    private const int CopyRowsMin = 64;

    /// <summary>SQLSTATE of <c>kpi.advance_checkpoint</c>.</summary>
    private const string CheckpointMoved = "KPI01";

    private static readonly string AdvanceSql = Sql.Text<ProjectionStore>("Sql.advance_checkpoint.sql");
    private static readonly string LoadSetsSql = Sql.Text<ProjectionStore>("Sql.load_dimension_sets.sql");
    private static readonly string InsertSetsSql = Sql.Text<ProjectionStore>("Sql.insert_dimension_sets.sql");

    /// <summary>Reads a tenant's dictionary.</summary>
    public async Task<DimensionDictionary> LoadDimensions(string tenant, CancellationToken ct = default)
    {
        var dictionary = new DimensionDictionary();
        await using var command = database.For(tenant).Command(LoadSetsSql, tenant, 0);
        await using var reader = await command.ExecuteReader(ct);
        while (await reader.ReadAsync(ct))
            dictionary.Add(reader.GetInt32(0), DimensionSet.FromValues(reader.GetFieldValue<string?[]>(1)));
        return dictionary;
    }

    /// <summary>Reads the stored states of some entities; those without a row are left out.</summary>
    public async Task<IReadOnlyDictionary<EntityKey, EntityState>> LoadStates(
        string tenant, int generation, IReadOnlyCollection<EntityKey> keys, CancellationToken ct = default)
    {
        var states = new Dictionary<EntityKey, EntityState>(keys.Count);
        var kinds = keys.GroupBy(key => key.Kind, key => key.Id).ToArray();
        await using var batch = database.For(tenant).Batch();
        foreach (var kind in kinds)
            batch.Add(new NpgsqlBatchCommand(FactTable.Of(kind.Key).LoadSql)
            {
                Parameters =
                {
                    new() { Value = tenant }, new() { Value = generation }, new() { Value = kind.ToArray() },
                },
            });
        await using var reader = await batch.ExecuteReader(ct);
        foreach (var kind in kinds)
        {
            while (await reader.ReadAsync(ct))
            {
                var key = new EntityKey(kind.Key, reader.GetString(0));
                states.Add(key, EntityState.Deserialize(key, reader.GetFieldValue<byte[]>(1)));
            }
            await reader.NextResultAsync(ct);
        }
        return states;
    }

    /// <summary>Writes a batch; returns the generation as it stands after it.</summary>
    /// <exception cref="LaneLostException">Another lane has moved the generation; nothing was written.</exception>
    public async Task<Generation> Save(BatchCommit commit, DimensionDictionary dimensions, CancellationToken ct = default)
    {
        var generation = commit.Generation;
        if (commit.ToSequence <= generation.Sequence)
            throw new InvalidOperationException(
                $"A batch up to {commit.ToSequence} cannot follow the checkpoint {generation.Sequence}.");
        var cells = commit.Changes is { Cells.Count: > 0 } changes ? CellRow.Of(changes.Cells, dimensions) : [];
        try
        {
            await using var transaction = await database.For(generation.Tenant).Begin(ct: ct);
            var copied = await Write(transaction, commit, cells, dimensions, ct);
            await Copy(transaction, commit, cells, copied, ct);
            await transaction.Commit(ct);
        }
        catch (PostgresException e) when (e.SqlState is CheckpointMoved)
        {
            throw new LaneLostException(generation.Tenant, generation.Number, generation.Sequence, e);
        }
        dimensions.Committed();
        return generation with
        {
            Sequence = commit.ToSequence,
            HasFacts = generation.HasFacts || commit.Changes is not null,
            Settings = commit.NewSettings?.Bytes ?? generation.Settings,
            CountingKey = commit.NewSettings?.CountingKey ?? generation.CountingKey,
            ParkedReason = null,
        };
    }

    /// <summary>One round trip for all that is not copied; answers the facts left for COPY.</summary>
    private static async Task<List<(EntityKind Kind, List<EntityState> States)>> Write(
        ScopedTransaction transaction, BatchCommit commit, CellRow[] cells, DimensionDictionary dimensions,
        CancellationToken ct)
    {
        var generation = commit.Generation;
        var copied = new List<(EntityKind, List<EntityState>)>();
        await using var batch = transaction.Batch(Advance(commit));
        if (dimensions.Pending.Count > 0)
            batch.Add(InsertSets(generation.Tenant, dimensions));
        foreach (var kind in (commit.Changes?.Entities ?? []).GroupBy(state => state.Key.Kind))
        {
            var news = kind.Where(state => commit.NewEntities.Contains(state.Key)).ToList();
            var upserted = kind.ToList();
            if (news.Count >= CopyRowsMin)
            {
                copied.Add((kind.Key, news));
                upserted.RemoveAll(state => commit.NewEntities.Contains(state.Key));
            }
            if (upserted.Count > 0)
                batch.Add(FactTable.Of(kind.Key).Upsert(
                    generation.Tenant, generation.Number, commit.ToSequence, upserted, commit.Settings));
        }
        foreach (var kind in (commit.Changes?.Removed ?? []).GroupBy(key => key.Kind))
            batch.Add(FactTable.Of(kind.Key).Delete(generation.Tenant, generation.Number, kind));
        if (cells.Length > 0 && generation.HasFacts)
            batch.Add(CubeWriter.Add(generation.Tenant, generation.Number, cells));
        // Nobody holds a cube before its first commit, and nobody reads one that is not live.
        if (generation is { Status: GenerationStatus.Live, Sequence: > 0 })
            foreach (var command in CubeWriter.Changes(
                generation.Tenant, generation.Number, generation.Sequence, commit.ToSequence, cells))
                batch.Add(command);
        if (commit.Successor is { } successor)
            foreach (var command in Start(generation.Tenant, successor))
                batch.Add(command);
        if (copied.Count > 0 || CopiesCells(generation, cells))
            batch.Add(DatabaseRoles.Become(DatabaseRoles.ProjectCopy));
        await batch.ExecuteNonQuery(ct);
        return copied;
    }

    private static async Task Copy(
        ScopedTransaction transaction, BatchCommit commit, CellRow[] cells,
        List<(EntityKind Kind, List<EntityState> States)> facts, CancellationToken ct)
    {
        var generation = commit.Generation;
        foreach (var (kind, states) in facts)
            await FactTable.Of(kind).Copy(
                transaction.Connection, generation.Number, commit.ToSequence, states, commit.Settings, ct);
        if (CopiesCells(generation, cells))
            await CubeWriter.Copy(transaction.Connection, generation.Number, cells, ct);
    }

    private static bool CopiesCells(Generation generation, CellRow[] cells) => cells.Length > 0 && !generation.HasFacts;

    private static IEnumerable<NpgsqlBatchCommand> Start(string tenant, Successor successor)
    {
        foreach (var retired in successor.Retire)
            yield return GenerationStore.RetireStatement(tenant, retired);
        // No row means that a build was asked for at this moment; it reads the same settings from the log.
        yield return GenerationStore.StartStatement(
            tenant, successor.RulesVersion, GenerationStatus.Building, successor.Settings, successor.CountingKey);
    }

    private static NpgsqlBatchCommand Advance(BatchCommit commit) => new(AdvanceSql)
    {
        Parameters =
        {
            new() { Value = commit.Generation.Tenant },
            new() { Value = commit.Generation.Number },
            new() { Value = commit.Generation.Sequence },
            new() { Value = commit.ToSequence },
            new() { Value = commit.Changes is not null },
            new() { Value = (object?)commit.NewSettings?.Bytes ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea },
            new() { Value = (object?)commit.NewSettings?.CountingKey ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
        },
    };

    private static NpgsqlBatchCommand InsertSets(string tenant, DimensionDictionary dimensions)
    {
        var sets = dimensions.Pending;
        var command = new NpgsqlBatchCommand(InsertSetsSql)
        {
            Parameters = { new() { Value = tenant }, new() { Value = dimensions.Count - sets.Count } },
        };
        for (var d = 0; d < DimensionSet.Count; d++)
        {
            var column = new string?[sets.Count];
            for (var i = 0; i < column.Length; i++)
                column[i] = sets[i].Values[d];
            command.Parameters.Add(new() { Value = column, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        }
        return command;
    }
}
