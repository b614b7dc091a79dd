#pragma warning disable CS9113
using CrmKpi.Domain.Cube;
using CrmKpi.Postgres;

namespace CrmKpi.ReadModels;

/// <summary>Where a tenant's read models stand.</summary>
/// <param name="Sequence">The last event reflected by the live generation.</param>
/// <param name="ParkedReason">Why the lane of the tenant has stopped; null when it runs.</param>
public sealed record ProjectionStatus(
    string Tenant, int Generation, int RulesVersion, long Sequence, string? ParkedReason, int? BuildingGeneration,
    long? BuildingSequence);

/// <summary>
/// The cubes of tenants in memory, measure by measure, within a byte budget; refreshed by the cells newer than the sequence
/// held; an idle tenant is dropped.
/// </summary>
public sealed class TenantCubes(Database database)
{
    /// <summary>
    /// A snapshot with at least these measures, no older than the committed read model at the time of the call (within
    /// the refresh interval) and not before <paramref name="minSequence"/>; null when the tenant has no read model yet.
    /// </summary>
    /// <exception cref="TimeoutException">The read model did not reach <paramref name="minSequence"/> in time.</exception>
    public ValueTask<CubeSnapshot?> Get(
        string tenant, IReadOnlyCollection<Measure> measures, long minSequence = 0, CancellationToken ct = default) =>
        throw new NotImplementedException();

    /// <summary>Where the tenant's projection stands; null for a tenant without one.</summary>
    public Task<ProjectionStatus?> Status(string tenant, CancellationToken ct = default) => throw new NotImplementedException();
}
