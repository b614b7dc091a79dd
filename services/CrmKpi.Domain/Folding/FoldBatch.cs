#pragma warning disable CS9113
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Folding;

/// <summary>
/// Folds a batch of a tenant's events into entity states and says what changed: facts and cube cells. Pure: the caller
/// loads states when asked and stores the result. The order of use is
/// <code>
/// var batch = new FoldBatch(settings);
/// batch.Add(events);                                     // 1. which entities do they touch?
/// while (batch.Missing is { Count: > 0 } keys)           // 2. load what is asked for: the touched ones first,
///     batch.Load(keys → state or null);                  //    then those that a changed link reaches (lead ↔ deal, deal → customer)
/// var changes = batch.Complete();                        // 3. contributions(new) − contributions(old)
/// </code>
/// </summary>
public sealed class FoldBatch
{
    public FoldBatch(TenantSettings settings) => throw new NotImplementedException();

    /// <summary>Adds events, in any order; an event seen before changes nothing.</summary>
    public void Add(ReadOnlySpan<LogEvent> events) => throw new NotImplementedException();

    /// <summary>The entities whose stored state is needed before the batch can go on; empty when it can be completed.</summary>
    public IReadOnlyCollection<EntityKey> Missing => throw new NotImplementedException();

    /// <summary>Hands in the stored state of a missing entity; null when there is none yet.</summary>
    public void Load(EntityKey key, EntityState? state) => throw new NotImplementedException();

    /// <summary>Ends the batch.</summary>
    public BatchChanges Complete() => throw new NotImplementedException();
}

/// <summary>What a batch changed.</summary>
/// <param name="Entities">The entities whose state changed.</param>
/// <param name="Cells">Cube changes by measure, day, dimension set and bucket; zero changes are left out.</param>
public sealed record BatchChanges(
    IReadOnlyList<EntityState> Entities, IReadOnlyDictionary<CubeCell, CellValue> Cells);

/// <summary>The key of a cell with its dimension values still spelt out.</summary>
public readonly record struct CubeCell(Measure Measure, int Day, DimensionSet Dims, int Bucket);

/// <summary>
/// The folded state of one entity: what is stored as <c>state</c> beside the typed columns of its fact row. A state handed to
/// a batch belongs to it: it is changed in place, so a caller that keeps states between batches drops them when a batch fails.
/// </summary>
public abstract class EntityState(EntityKey key)
{
    /// <summary>Which entity.</summary>
    public EntityKey Key { get; } = key;

    /// <summary>The state as compact bytes, with a format version in front.</summary>
    public abstract byte[] Serialize();

    /// <summary>Reads what <see cref="Serialize"/> wrote.</summary>
    public static EntityState Deserialize(EntityKey key, ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    /// <summary>The typed columns of the fact row, in the order of <see cref="FactSchema"/> for the kind.</summary>
    public abstract void WriteFact(TenantSettings settings, Span<object?> columns);

    /// <summary>Roughly how many bytes it holds in memory, for budgets.</summary>
    public abstract int ApproximateBytes { get; }
}

/// <summary>The column types of fact tables.</summary>
public enum FactType { Text, Integer, BigInteger, Boolean, Timestamp, Date, Money }

/// <summary>The typed columns of each fact table: the star schema of <c>kpi.&lt;table&gt;</c>.</summary>
/// <param name="Table">For example <c>deals</c>.</param>
/// <param name="Columns">Name and type; Timestamp is a UTC DateTime, Date a DateOnly in tenant days, Money a decimal.</param>
public sealed record FactSchema(EntityKind Kind, string Table, IReadOnlyList<(string Name, FactType Type)> Columns)
{
    /// <summary>The schema of a kind.</summary>
    public static FactSchema Of(EntityKind kind) => throw new NotImplementedException();

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<FactSchema> All => throw new NotImplementedException();
}
