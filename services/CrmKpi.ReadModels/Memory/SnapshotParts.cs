using System.Collections.Frozen;
using CrmKpi.Domain.Cube;

namespace CrmKpi.ReadModels.Memory;

internal static class SnapshotParts
{
    /// <summary>The snapshot with no other measures than these.</summary>
    public static CubeSnapshot Only(this CubeSnapshot snapshot, IReadOnlyCollection<Measure> measures) => snapshot with
    {
        Columns = measures.Where(measure => snapshot.Columns.ContainsKey(measure.Id)).DistinctBy(measure => measure.Id)
            .ToFrozenDictionary(measure => measure.Id, measure => snapshot.Columns[measure.Id]),
    };
}
