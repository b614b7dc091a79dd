using System.Runtime.InteropServices;
using CrmKpi.Domain.Folding;

namespace CrmKpi.Domain.People;

/// <summary>
/// A set of days, at most <see cref="DaysMax"/>: when it is full the earliest go, so that the order in which days come does
/// not matter.
/// </summary>
internal struct DaySet
{
    /// <summary>More than fifty years of days.</summary>
    public const int DaysMax = 20_000;

    private List<int>? _days;

    /// <summary>The days, ascending.</summary>
    public readonly ReadOnlySpan<int> Days => CollectionsMarshal.AsSpan(_days);

    /// <summary>Adds a day; false when that is no change.</summary>
    public bool Add(int day)
    {
        _days ??= [];
        // Days mostly come in order: the place is at the end.
        var at = _days.Count == 0 || _days[^1] < day ? ~_days.Count : _days.BinarySearch(day);
        if (at >= 0 || (_days.Count == DaysMax && ~at == 0))
            return false;
        _days.Insert(~at, day);
        if (_days.Count > DaysMax)
            _days.RemoveAt(0);
        return true;
    }

    public readonly void Write(StateWriter writer)
    {
        writer.Count(Days.Length);
        var previous = 0;
        foreach (var day in Days)
        {
            writer.Signed(day - previous);
            previous = day;
        }
    }

    public static DaySet Read(ref StateReader reader)
    {
        var count = reader.Count();
        if (count == 0)
            return default;
        var days = new List<int>(count);
        for (var day = 0; count > 0; count--)
            days.Add(day += (int)reader.Signed());
        return new DaySet { _days = days };
    }
}
