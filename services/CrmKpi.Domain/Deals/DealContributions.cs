using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Deals;

/// <summary>What one deal adds to the cube: the definitions stand in <see cref="Measures"/>.</summary>
internal readonly ref struct DealContributions(
    FoldContext context, ContributionList sum, DealStory story, List<AmountPoint> amounts, DimensionSet dims,
    Origins origins, long probabilityMicros)
{
    private const long ProbabilityMicrosMax = 100_000_000;

    private readonly DimensionSet _deal = dims.Only(Dimensions.Deal);

    public void Add(long created, long? leadCreated, long? firstContact)
    {
        sum.Add(Measures.DealsCreated, context.DayOf(created), _deal);
        if (story.ClosedAt is { } closed)
            AddClose(closed, created, leadCreated, firstContact);
        AddVisits();
    }

    private void AddClose(long closed, long created, long? leadCreated, long? firstContact)
    {
        var day = context.DayOf(closed);
        Money? amount = amounts.Count > 0 ? amounts[^1].Amount : null;
        if (story.Status == StageSemantic.Failure)
        {
            var lost = dims.Only(Dimensions.Deal | Dimensions.Reason | Dimensions.Cause)
                .With(Dimensions.Stage, story.LostStage);
            sum.AddMoney(context, Measures.DealsLost, day, lost, amount);
            return;
        }
        sum.AddMoney(context, Measures.DealsWon, day, _deal, amount);
        sum.AddMoney(context, Measures.RevenueFirstTouch, day, origins.First, amount);
        sum.AddMoney(context, Measures.RevenueLastTouch, day, origins.Last, amount);
        var contact = leadCreated ?? firstContact ?? created;
        sum.AddDuration(Measures.SalesCycle, day, _deal, FoldContext.Milliseconds(contact, closed));
        if (leadCreated is { } lead)
            sum.AddDuration(Measures.LeadProcessingTime, day, _deal, FoldContext.Milliseconds(lead, closed));
    }

    private void AddVisits()
    {
        for (var i = 0; i < story.Visits.Count; i++)
        {
            var visit = story.Visits[i];
            var staged = _deal.With(Dimensions.Stage, visit.Stage);
            int entered = context.DayOf(visit.Entered), left = visit.Left is { } at ? context.DayOf(at) : int.MaxValue;
            AddLevels(visit, staged, entered, left);
            if (visit.Stage is null)
                continue;
            if (visit.Left is { } leftAt)
                sum.AddDuration(Measures.StageTime, left, staged, FoldContext.Milliseconds(visit.Entered, leftAt));
            if (!IsFirstOfStage(i))
                continue;
            sum.Add(Measures.StageEntered, entered, staged);
            if (IsAdvanced(i))
                sum.Add(Measures.StageAdvanced, entered, staged);
        }
    }

    // The levels of one visit, cut where the amount changes; what begins and ends on one day cancels and is left out.
    private void AddLevels(in StageVisit visit, DimensionSet staged, int entered, int left)
    {
        var limit = visit.StuckDays ?? context.Settings.StuckDays;
        var stuck = entered + limit;
        var next = 0;
        while (next < amounts.Count && amounts[next].Time <= visit.Entered)
            next++;
        for (var from = entered; from < left;)
        {
            Money? amount = next > 0 ? amounts[next - 1].Amount : null;
            var to = left;
            if (next < amounts.Count && amounts[next].Time < (visit.Left ?? long.MaxValue))
                to = Math.Max(from, context.DayOf(amounts[next].Time));
            if (from < to)
            {
                AddLevel(Measures.DealsOpen, staged, from, to, amount);
                AddLevel(Measures.DealsOpenWeighted, staged, from, to, Weighted(amount));
                if (to > stuck)
                    AddLevel(Measures.DealsStuck, staged, Math.Max(from, stuck), to, amount);
            }
            from = to;
            next++;
        }
    }

    private void AddLevel(Measure measure, DimensionSet staged, int from, int to, Money? amount)
    {
        sum.AddMoney(context, measure, from, staged, amount);
        if (to != int.MaxValue)
            sum.AddMoney(context, measure, to, staged, amount, -1);
    }

    private bool IsFirstOfStage(int index)
    {
        for (var i = 0; i < index; i++)
            if (story.Visits[i].Stage == story.Visits[index].Stage)
                return false;
        return true;
    }

    private bool IsAdvanced(int index)
    {
        var visit = story.Visits[index];
        foreach (var won in story.Wins)
            if (won >= visit.Entered)
                return true;
        for (var i = index + 1; i < story.Visits.Count; i++)
        {
            var later = story.Visits[i];
            if (visit.Order >= 0 ? later.Order > visit.Order : later.Stage != visit.Stage)
                return true;
        }
        return false;
    }

    private Money? Weighted(Money? amount)
    {
        if (amount is not { } whole)
            return null;
        var product = (Int128)whole.Micros * probabilityMicros;
        var (quotient, rest) = Int128.DivRem(product, ProbabilityMicrosMax);
        var twice = Int128.Abs(rest) * 2;
        if (twice > ProbabilityMicrosMax || (twice == ProbabilityMicrosMax && !Int128.IsEvenInteger(quotient)))
            quotient += product < 0 ? -1 : 1;
        return whole with { Micros = (long)quotient };
    }
}
