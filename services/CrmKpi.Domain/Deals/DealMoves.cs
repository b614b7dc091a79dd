using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;

namespace CrmKpi.Domain.Deals;

/// <summary>The day on which a deal is expected to close, from a point in time on.</summary>
internal readonly record struct ExpectedClose(long Time, long Sequence, int Day) : ITimelinePoint
{
    public int Rank => 0;
}

/// <summary>When a deal was opened, and when its expected close slipped while it was open.</summary>
internal readonly ref struct DealMoves(FoldContext context, ContributionList sum, DealStory story, DimensionSet deal)
{
    /// <summary>Visits of stages that follow one another without a gap are one time open.</summary>
    public void AddOpenings()
    {
        var (closed, left) = (Measure.NeverDay, default(long?));
        foreach (var visit in story.Visits)
        {
            if (left != visit.Entered)
                sum.Add(Measures.DealsOpened, context.DayOf(visit.Entered), deal, closed);
            left = visit.Left;
            closed = left is { } at ? context.DayOf(at) : Measure.NeverDay;
        }
    }

    /// <summary>A close that was brought forward is no slip, nor is one of a deal that is not open.</summary>
    public void AddSlips(List<ExpectedClose> expected)
    {
        var slipped = Measure.NeverDay;
        for (var i = 1; i < expected.Count; i++)
        {
            if (expected[i].Day <= expected[i - 1].Day || !IsOpen(expected[i].Time))
                continue;
            var day = context.DayOf(expected[i].Time);
            sum.Add(Measures.DealsSlipped, day, deal, slipped);
            slipped = day;
        }
    }

    private bool IsOpen(long time)
    {
        foreach (var visit in story.Visits)
            if (visit.Entered <= time && time <= (visit.Left ?? long.MaxValue))
                return true;
        return false;
    }
}
