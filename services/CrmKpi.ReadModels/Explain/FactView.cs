using System.Data;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;
using CrmKpi.Postgres;
using CrmKpi.ReadModels.Memory;

namespace CrmKpi.ReadModels.Explain;

/// <summary>
/// A tenant's cube and the states of its entities, both at the checkpoint of the live generation: one repeatable-read
/// transaction, open as long as the view is.
/// </summary>
public sealed class FactView : IAsyncDisposable
{
    private static readonly Dictionary<EntityKind, string> ScanSql = FactSchema.All.ToDictionary(
        schema => schema.Kind, schema => Sql.Text<FactView>("Sql.scan_states.sql").Replace("{table}", schema.Table));

    private readonly ScopedTransaction _transaction;

    private FactView(ScopedTransaction transaction, CubeSnapshot snapshot) =>
        (_transaction, Snapshot) = (transaction, snapshot);

    /// <summary>The measures asked for.</summary>
    public CubeSnapshot Snapshot { get; }

    /// <summary>Opens a view; null when the tenant has no read model.</summary>
    /// <param name="held">A snapshot in memory: what it has is not read again, only what has changed since.</param>
    public static async Task<FactView?> Open(
        Database database, string tenant, CubeSnapshot? held, IReadOnlyCollection<Measure> measures, CancellationToken ct)
    {
        var transaction = await database.For(tenant).Begin(IsolationLevel.RepeatableRead, ct);
        try
        {
            // The list of dimension sets has one writer, which is not this one.
            var own = held is null ? null : held with { DimensionSets = ((DimensionList)held.DimensionSets).Copy() };
            if (await CubeReader.Read(transaction, tenant, own, measures, ct) is { } snapshot)
                return new FactView(transaction, snapshot);
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
        await transaction.DisposeAsync();
        return null;
    }

    /// <summary>The next entities of a kind from an id on, by id.</summary>
    public async Task<IReadOnlyList<(EntityState State, int Bytes)>> States(
        EntityKind kind, string fromId, int max, CancellationToken ct)
    {
        await using var command = _transaction.Command(ScanSql[kind], Snapshot.Tenant, Snapshot.Generation, fromId, max);
        await using var reader = await command.ExecuteReader(ct);
        var states = new List<(EntityState, int)>();
        while (await reader.ReadAsync(ct))
        {
            var bytes = reader.GetFieldValue<byte[]>(1);
            states.Add((EntityState.Deserialize(new EntityKey(kind, reader.GetString(0)), bytes), bytes.Length));
        }
        return states;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _transaction.DisposeAsync();
}
