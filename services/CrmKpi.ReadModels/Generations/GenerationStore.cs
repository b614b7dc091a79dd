using CrmKpi.Domain.Folding;
using CrmKpi.Postgres;
using Npgsql;

namespace CrmKpi.ReadModels.Generations;

/// <summary>The life of generations: first, building or verifying, live, dropping, gone.</summary>
public sealed class GenerationStore(Database database)
{
    /// <summary>Rows deleted in one transaction when a generation is dropped.</summary>
    public const int DropRowsMax = 5_000;

    private static readonly string StatusSql = Sql.Text<GenerationStore>("Sql.read_status.sql");
    private static readonly string ListSql = Sql.Text<GenerationStore>("Sql.list_generations.sql");
    private static readonly string InsertFirstSql = Sql.Text<GenerationStore>("Sql.insert_first_generation.sql");
    private static readonly string InsertSql = Sql.Text<GenerationStore>("Sql.insert_generation.sql");
    private static readonly string FlipSql = Sql.Text<GenerationStore>("Sql.flip_generation.sql");
    private static readonly string PromoteSql = Sql.Text<GenerationStore>("Sql.promote_generation.sql");
    private static readonly string RetireSql = Sql.Text<GenerationStore>("Sql.retire_generation.sql");
    private static readonly string ParkSql = Sql.Text<GenerationStore>("Sql.park_generation.sql");
    private static readonly string DeleteChunkSql = Sql.Text<GenerationStore>("Sql.delete_chunk.sql");
    private static readonly string DeleteSql = Sql.Text<GenerationStore>("Sql.delete_generation.sql");

    private static readonly string[] Tables =
        [.. FactSchema.All.Select(schema => schema.Table), "cube", "cube_changes"];

    /// <summary>All generations of a tenant by number; empty for a tenant without events.</summary>
    public async Task<IReadOnlyList<Generation>> List(string tenant, CancellationToken ct = default)
    {
        await using var command = database.For(tenant).Command(ListSql, tenant);
        await using var reader = await command.ExecuteReader(ct);
        var generations = new List<Generation>();
        while (await reader.ReadAsync(ct))
            generations.Add(new Generation(
                tenant, reader.GetInt32(0), reader.GetInt32(1),
                Enum.Parse<GenerationStatus>(reader.GetString(2), ignoreCase: true), reader.GetFieldValue<byte[]>(3),
                reader.GetString(4), reader.GetBoolean(5), reader.GetInt64(6),
                reader.IsDBNull(7) ? null : reader.GetString(7)));
        return generations;
    }

    /// <summary>Where the tenant's read models stand; null when there are none.</summary>
    public async Task<ProjectionStatus?> Status(string tenant, CancellationToken ct = default)
    {
        await using var command = database.For(tenant).Command(StatusSql, tenant);
        await using var reader = await command.ExecuteReader(ct);
        if (!await reader.ReadAsync(ct))
            return null;
        return new ProjectionStatus(
            tenant, reader.GetInt32(0), reader.GetInt32(1), reader.GetInt64(2),
            reader.IsDBNull(3) ? null : reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetInt32(4),
            reader.IsDBNull(5) ? null : reader.GetInt64(5));
    }

    /// <summary>Makes generation 1, live at sequence 0, unless it exists.</summary>
    public Task CreateFirst(
        string tenant, int rulesVersion, byte[] settings, string countingKey, CancellationToken ct = default) =>
        Execute(tenant, InsertFirstSql, [tenant, rulesVersion, settings, countingKey], ct);

    /// <summary>
    /// Starts a generation at sequence 0 beside the live one; null when there is one of that status already, or no live one.
    /// </summary>
    public async Task<int?> Start(
        string tenant, int rulesVersion, GenerationStatus status, byte[] settings, string countingKey,
        CancellationToken ct = default)
    {
        await using var transaction = await database.For(tenant).Begin(ct: ct);
        var started = await Start(transaction, tenant, rulesVersion, status, settings, countingKey, ct);
        await transaction.Commit(ct);
        return started;
    }

    /// <summary>The same within a transaction.</summary>
    internal static async Task<int?> Start(
        ScopedTransaction transaction, string tenant, int rulesVersion, GenerationStatus status, byte[] settings,
        string countingKey, CancellationToken ct)
    {
        await using var command = transaction.Batch(
            StartStatement(tenant, rulesVersion, status, settings, countingKey));
        return (int?)await command.ExecuteScalar(ct);
    }

    internal static NpgsqlBatchCommand StartStatement(
        string tenant, int rulesVersion, GenerationStatus status, byte[] settings, string countingKey) => new(InsertSql)
        {
            Parameters =
            {
                new() { Value = tenant }, new() { Value = rulesVersion },
                new() { Value = status.ToString().ToLowerInvariant() }, new() { Value = settings },
                new() { Value = countingKey },
            },
        };

    /// <summary>Makes the building generation the live one and retires the other, in one transaction.</summary>
    /// <exception cref="LaneLostException">One of them is not where the caller believed.</exception>
    public async Task Flip(Generation building, Generation live, CancellationToken ct = default)
    {
        await using var transaction = await database.For(building.Tenant).Begin(ct: ct);
        await using var flip = transaction.Command(
            FlipSql, building.Tenant, building.Number, building.Sequence, live.Number, live.Sequence);
        if ((long)(await flip.ExecuteScalar(ct))! != 2)
            throw new LaneLostException(building.Tenant, building.Number, building.Sequence);
        if (await transaction.Execute(PromoteSql, new object[] { building.Tenant, building.Number }, ct) != 1)
            throw new LaneLostException(building.Tenant, building.Number, building.Sequence);
        await transaction.Commit(ct);
    }

    /// <summary>Marks a building or verifying generation for deletion.</summary>
    public Task Retire(string tenant, int generation, CancellationToken ct = default) =>
        Execute(tenant, RetireSql, [tenant, generation], ct);

    internal static NpgsqlBatchCommand RetireStatement(string tenant, int generation) => new(RetireSql)
    {
        Parameters = { new() { Value = tenant }, new() { Value = generation } },
    };

    /// <summary>Writes down why the lane of a generation has stopped; the next commit takes it away.</summary>
    public Task Park(Generation generation, long eventSequence, string reason, CancellationToken ct = default) =>
        Execute(generation.Tenant, ParkSql, [generation.Tenant, generation.Number, generation.Sequence, eventSequence, reason], ct);

    /// <summary>Deletes some rows of a retired generation; true when there is more to delete.</summary>
    public async Task<bool> DropChunk(string tenant, int generation, CancellationToken ct = default)
    {
        foreach (var table in Tables)
            if (await Execute(
                tenant, DeleteChunkSql.Replace("{table}", table), [tenant, generation, DropRowsMax], ct) > 0)
                return true;
        await Execute(tenant, DeleteSql, [tenant, generation], ct);
        return false;
    }

    private async Task<int> Execute(string tenant, string sql, object[] parameters, CancellationToken ct)
    {
        await using var command = database.For(tenant).Command(sql, parameters);
        return await command.ExecuteNonQuery(ct);
    }
}
