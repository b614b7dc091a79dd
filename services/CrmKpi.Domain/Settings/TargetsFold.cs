using CrmKpi.Domain.Folding;

namespace CrmKpi.Domain.Settings;

/// <summary>
/// Every target ever set, up to <see cref="SetsMax"/>, the latest kept: order-insensitive. WARNING: <see cref="Write"/> is a
/// storage format.
/// </summary>
internal sealed class TargetsFold
{
    /// <summary>How many sets are kept.</summary>
    public const int SetsMax = 1_000;

    private readonly SortedDictionary<(long Time, long Sequence), TargetSet> _sets = [];

    /// <summary>Takes one in; false when it is there already, or older than all that are kept.</summary>
    public bool Add(TargetSet set, long time, long sequence)
    {
        if (!_sets.TryAdd((time, sequence), set))
            return false;
        if (_sets.Count <= SetsMax)
            return true;
        var oldest = _sets.Keys.First();
        _sets.Remove(oldest);
        return oldest != (time, sequence);
    }

    /// <summary>All that are kept, in the order in which they were set.</summary>
    public IReadOnlyList<Target> History(string timeZone)
    {
        var days = LocalDays.For(timeZone);
        return
        [
            .. _sets.Select(entry => new Target
            {
                Kpi = entry.Value.Kpi,
                Value = Units(entry.Value.ValueMicros),
                Due = DateOnly.FromDayNumber(entry.Value.Due),
                Filters = entry.Value.Filters,
                Path = entry.Value.Path,
                Per = entry.Value.Per,
                From = DateOnly.FromDayNumber(entry.Value.From ?? Math.Min(days.DayOf(entry.Key.Time), entry.Value.Due)),
                Start = entry.Value.StartMicros is { } start ? Units(start) : null,
                SetAt = DateTimeOffset.UnixEpoch.AddMicroseconds(entry.Key.Time),
                Sequence = entry.Key.Sequence,
            }),
        ];
    }

    public void Write(StateWriter writer)
    {
        writer.Count(_sets.Count);
        foreach (var ((time, sequence), set) in _sets)
        {
            writer.Stamp(time, sequence);
            set.Write(writer);
        }
    }

    public static TargetsFold Read(ref StateReader reader)
    {
        var fold = new TargetsFold();
        for (var count = reader.Count(); count > 0; count--)
        {
            var stamp = reader.Stamp();
            fold._sets.Add(stamp, TargetSet.Read(ref reader));
        }
        return fold;
    }

    private static decimal Units(long micros) => (decimal)micros / Money.MicrosPerUnit;
}
