using System.Collections.Frozen;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Cube;

/// <summary>
/// One measure of one tenant in memory, by column, sorted by (day, dimension set, bucket), zero cells left out. Immutable.
/// </summary>
public sealed class MeasureColumn(
    Measure measure, int[] days, int[] dims, int[] buckets, long[] counts, Int128[] sums, Int128[] squares)
{
    public Measure Measure { get; } = measure;
    public ReadOnlySpan<int> Days => days;
    public ReadOnlySpan<int> Dims => dims;
    public ReadOnlySpan<int> Buckets => buckets;
    public ReadOnlySpan<long> Counts => counts;
    public ReadOnlySpan<Int128> Sums => sums;
    public ReadOnlySpan<Int128> Squares => squares;
    public int Length => days.Length;

    /// <summary>Bytes held.</summary>
    public long Bytes => 52L * days.Length;

    /// <summary>Index of the first cell whose day is ≥ <paramref name="day"/>.</summary>
    public int FirstAtOrAfter(int day)
    {
        int low = 0, high = days.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (days[middle] < day)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}

/// <summary>
/// What the KPI formulas read: some measures of one tenant's live generation as of one sequence. Immutable; a refresh makes a
/// new one, so whatever is derived from a snapshot may be kept beside it (<see cref="Answers"/>) and dies with it.
/// </summary>
/// <param name="Tenant">The tenant: part of every cache key.</param>
/// <param name="Generation">The build of the read models.</param>
/// <param name="Sequence">The last event reflected.</param>
/// <param name="Settings">The settings the generation was built under.</param>
/// <param name="DimensionSets">Dimension sets by id.</param>
/// <param name="Columns">The measures loaded so far.</param>
public sealed record CubeSnapshot(
    string Tenant, int Generation, long Sequence, int RulesVersion, TenantSettings Settings,
    IReadOnlyList<DimensionSet> DimensionSets, FrozenDictionary<short, MeasureColumn> Columns)
{
    /// <summary>The column of a measure; throws when it was not asked for.</summary>
    public MeasureColumn Column(Measure measure) => Columns[measure.Id];

    /// <summary>Answers computed from this snapshot, by canonical query text; bounded by whoever adds to it.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<string, object> Answers { get; } = new();
}
