namespace CrmKpi.Domain.Folding;

/// <summary>Something that happened at a point in time, by an event of the log.</summary>
internal interface ITimelinePoint
{
    /// <summary>Microseconds since 1970-01-01T00:00Z.</summary>
    long Time { get; }

    /// <summary>The order of points of the same time, before their sequence.</summary>
    int Rank { get; }

    /// <summary>Sequence of the event.</summary>
    long Sequence { get; }
}

/// <summary>Lists of points sorted by (time, rank, sequence), each event once.</summary>
internal static class Timeline
{
    /// <summary>Puts a point in its place; false when its event is there already.</summary>
    public static bool Insert<T>(List<T> points, in T point) where T : struct, ITimelinePoint
    {
        // Events mostly come in order: the place is at the end or near it.
        var at = points.Count;
        for (; at > 0; at--)
        {
            var order = Compare(points[at - 1], point);
            if (order == 0)
                return false;
            if (order < 0)
                break;
        }
        points.Insert(at, point);
        return true;
    }

    private static int Compare<T>(in T a, in T b) where T : struct, ITimelinePoint
    {
        if (a.Time != b.Time)
            return a.Time < b.Time ? -1 : 1;
        return a.Rank != b.Rank ? a.Rank.CompareTo(b.Rank) : a.Sequence.CompareTo(b.Sequence);
    }
}
