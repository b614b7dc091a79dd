using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Deals;

/// <summary>
/// The activities and calls that concern a deal, of which only the first <see cref="TenantSettings.BypassActivities"/> are
/// kept: these tell whether there were that many before a point in time.
/// </summary>
internal struct Touches
{
    private List<Touch>? _first;

    public readonly int Count => _first?.Count ?? 0;

    /// <summary>Takes an activity or a call in; false when that is no change.</summary>
    public bool Add(int max, in LogEvent e)
    {
        _first ??= [];
        var touch = new Touch(e.TimeMicros, e.Sequence);
        if (_first.Count >= max && (touch.Time, touch.Sequence).CompareTo((_first[^1].Time, _first[^1].Sequence)) >= 0)
            return false;
        if (!Timeline.Insert(_first, touch))
            return false;
        if (_first.Count > max)
            _first.RemoveAt(max);
        return true;
    }

    /// <summary>How many of those kept were not later than a point in time.</summary>
    public readonly int CountTo(long time)
    {
        var count = 0;
        while (count < Count && _first![count].Time <= time)
            count++;
        return count;
    }

    public readonly void Write(StateWriter writer)
    {
        writer.Count(Count);
        foreach (var touch in _first ?? [])
            writer.Stamp(touch.Time, touch.Sequence);
    }

    public static Touches Read(ref StateReader reader)
    {
        var touches = default(Touches);
        for (var count = reader.Count(); count > 0; count--)
        {
            var (time, sequence) = reader.Stamp();
            (touches._first ??= []).Add(new Touch(time, sequence));
        }
        return touches;
    }

    private readonly record struct Touch(long Time, long Sequence) : ITimelinePoint
    {
        public int Rank => 0;
    }
}
