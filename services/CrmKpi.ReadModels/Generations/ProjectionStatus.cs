namespace CrmKpi.ReadModels;

/// <summary>Where a tenant's read models stand.</summary>
/// <param name="Sequence">The last event reflected by the live generation.</param>
/// <param name="ParkedReason">Why the lane of the tenant has stopped; null when it runs.</param>
/// <param name="BuildingGeneration">The generation that will replace the live one, if one is being built.</param>
/// <param name="BuildingSequence">How far that one is.</param>
public sealed record ProjectionStatus(
    string Tenant, int Generation, int RulesVersion, long Sequence, string? ParkedReason, int? BuildingGeneration,
    long? BuildingSequence);
