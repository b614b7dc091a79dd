using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;

namespace CrmKpi.Domain.Kpis.Explain;

/// <summary>What one entity adds to one reading.</summary>
/// <param name="Reading">Which reading, by its place in the explanation.</param>
/// <param name="Entity">From which entity; of a distinct value an example, null when none was found.</param>
/// <param name="Day">
/// The tenant's day on which it happened; of something that lasts the day since which it is as it is.
/// </param>
/// <param name="Bucket">What the measure's buckets say: days to the conversion, a score; 0 when it has none.</param>
/// <param name="Count">How many it counts for, signed.</param>
/// <param name="Value">In the raw unit of the measure, amounts in their own currency.</param>
/// <param name="Adds">In the raw unit of the reading, amounts in the tenant's currency.</param>
/// <param name="Rate">What an amount in another currency was converted with; null when there is none.</param>
public sealed record Fact(
    int Reading, EntityKey? Entity, Measure Measure, int Day, int Bucket, DimensionSet Dims, long Count, Int128 Value,
    Int128 Adds, decimal? Rate);
