using CrmKpi.Domain.Folding;

namespace CrmKpi.Domain.Customers;

/// <summary>A loss that a <c>customer.lost</c> told.</summary>
internal readonly record struct LossPoint(long Time, long Sequence) : ITimelinePoint
{
    public int Rank => 0;
}

/// <summary>
/// When a customer was active: from the day of each purchase for the inactivity window, or until the day of the next loss
/// if that comes earlier; as maximal intervals [from, to) of local days, those that touch made one.
/// </summary>
internal static class Activity
{
    /// <summary>Only the last losses count: pairs of intervals are quadratic, and no customer leaves this often.</summary>
    public const int LossesMax = 200;

    public static List<(int From, int To)> IntervalsOf(
        List<Purchase> purchases, IReadOnlyList<LossPoint> losses, int inactivityDays, FoldContext context)
    {
        var intervals = new List<(int From, int To)>();
        var loss = Math.Max(0, losses.Count - LossesMax);
        foreach (var purchase in purchases)
        {
            while (loss < losses.Count && losses[loss].Time < purchase.Time)
                loss++;
            var to = purchase.Day + inactivityDays;
            if (loss < losses.Count)
                to = Math.Min(to, context.DayOf(losses[loss].Time));
            if (to <= purchase.Day)
                continue;
            if (intervals is [.., var last] && purchase.Day <= last.To)
                intervals[^1] = (last.From, Math.Max(last.To, to));
            else
                intervals.Add((purchase.Day, to));
        }
        return intervals;
    }
}
