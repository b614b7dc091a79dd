using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;
using CrmKpi.ReadModels.Generations;

namespace CrmKpi.ReadModels.Store;

/// <summary>What one projection transaction writes.</summary>
/// <param name="Generation">The generation as the lane knows it: the compare-and-set compares with its sequence.</param>
/// <param name="ToSequence">The last event of the batch.</param>
/// <param name="Changes">Facts and cells; null when the batch had settings only.</param>
/// <param name="NewEntities">The changed entities that have no row yet.</param>
/// <param name="Settings">The settings that the batch was folded under.</param>
/// <param name="NewSettings">Serialized settings and counting key when they changed.</param>
/// <param name="Successor">The settings of a generation to start in the same transaction, or null.</param>
public sealed record BatchCommit(
    Generation Generation, long ToSequence, BatchChanges? Changes, IReadOnlySet<EntityKey> NewEntities,
    TenantSettings Settings, (byte[] Bytes, string CountingKey)? NewSettings, Successor? Successor);

/// <summary>A generation to start because a setting changed how the past is counted.</summary>
/// <param name="Retire">A building or verifying generation that it makes useless.</param>
public sealed record Successor(int RulesVersion, byte[] Settings, string CountingKey, IReadOnlyList<int> Retire);
