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
        await using var command = database.DataSource.CreateCommand(ListSql);
        command.Parameters.Add(new() { Value = tenant });
        await using var reader = await command.ExecuteReaderAsync(ct);
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
        await using var command = database.DataSource.CreateCommand(StatusSql);
        command.Parameters.Add(new() { Value = tenant });
        await using var reader = await command.ExecuteReaderAsync(ct);
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
        Execute(InsertFirstSql, [tenant, rulesVersion, settings, countingKey], ct);

    /// <summary>
    /// Starts a generation at sequence 0 beside the live one; null when there is one of that status already, or no live one.
    /// </summary>
    public async Task<int?> Start(
        string tenant, int rulesVersion, GenerationStatus status, byte[] settings, string countingKey,
        CancellationToken ct = default)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        return await Start(connection, tenant, rulesVersion, status, settings, countingKey, ct);
    }

    /// <summary>The same within the transaction of a connection.</summary>
    internal static async Task<int?> Start(
        NpgsqlConnection connection, string tenant, int rulesVersion, GenerationStatus status, byte[] settings,
        string countingKey, CancellationToken ct)
    {
        await using var command = Command(
            connection, InsertSql, [tenant, rulesVersion, status.ToString().ToLowerInvariant(), settings, countingKey]);
        return (int?)await command.ExecuteScalarAsync(ct);
    }

    /// <summary>Makes the building generation the live one and retires the other, in one transaction.</summary>
    /// <exception cref="LaneLostException">One of them is not where the caller believed.</exception>
    public async Task Flip(Generation building, Generation live, CancellationToken ct = default)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var flip = Command(
            connection, FlipSql, [building.Tenant, building.Number, building.Sequence, live.Number, live.Sequence]);
        if ((long)(await flip.ExecuteScalarAsync(ct))! != 2)
            throw new LaneLostException(building.Tenant, building.Number, building.Sequence);
        await using var promote = Command(connection, PromoteSql, [building.Tenant, building.Number]);
        if (await promote.ExecuteNonQueryAsync(ct) != 1)
            throw new LaneLostException(building.Tenant, building.Number, building.Sequence);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Marks a building or verifying generation for deletion.</summary>
    public Task Retire(string tenant, int generation, CancellationToken ct = default) =>
        Execute(RetireSql, [tenant, generation], ct);

    internal static async Task Retire(NpgsqlConnection connection, string tenant, int generation, CancellationToken ct)
    {
        await using var command = Command(connection, RetireSql, [tenant, generation]);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Writes down why the lane of a generation has stopped; the next commit takes it away.</summary>
    public Task Park(Generation generation, long eventSequence, string reason, CancellationToken ct = default) =>
        Execute(ParkSql, [generation.Tenant, generation.Number, generation.Sequence, eventSequence, reason], ct);

    /// <summary>Deletes some rows of a retired generation; true when there is more to delete.</summary>
    public async Task<bool> DropChunk(string tenant, int generation, CancellationToken ct = default)
    {
        foreach (var table in Tables)
            if (await Execute(DeleteChunkSql.Replace("{table}", table), [tenant, generation, DropRowsMax], ct) > 0)
                return true;
        await Execute(DeleteSql, [tenant, generation], ct);
        return false;
    }

    private async Task<int> Execute(string sql, object[] parameters, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters)
            command.Parameters.Add(new() { Value = value });
        return command;
    }
}
