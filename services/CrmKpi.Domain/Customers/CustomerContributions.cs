using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;

namespace CrmKpi.Domain.Customers;

/// <summary>
/// What one customer adds to the cube: the definitions stand in <see cref="Measures"/>. Linear in the purchases; only the
/// pairs of activity intervals are quadratic, and an interval lasts a month at least unless a loss ends it.
/// </summary>
internal readonly ref struct CustomerContributions(FoldContext context, ContributionList sum, DimensionSet party)
{
    public void Add(Purchases purchases, IReadOnlyList<LossPoint> losses)
    {
        var all = purchases.All;
        if (all.Count == 0)
            return;
        sum.Add(Measures.CustomersNew, all[0].Day, party);
        var firstMonth = MonthOf(all[0].Day);
        var counted = -1;
        for (var i = 0; i < all.Count; i++)
        {
            AddPurchase(all[i], isRepeat: i > 0);
            AddPairs(all, i);
            var months = MonthOf(all[i].Day) - firstMonth;
            if (months != counted)
                sum.Add(Measures.CohortBuyers, all[0].Day, party, months);
            counted = months;
        }
        AddIntervals(Activity.IntervalsOf(all, losses, context.Settings.InactivityDays, context), all[0].Day);
    }

    private void AddPurchase(in Purchase purchase, bool isRepeat)
    {
        AddAmount(Measures.Purchases, purchase);
        if (isRepeat)
            AddAmount(Measures.PurchasesRepeat, purchase);
        if (purchase.MarginMicros is not { } margin)
            return;
        sum.AddMoney(context, Measures.PurchaseMargin, purchase.Day, party, purchase.Amount with { Micros = margin });
        AddAmount(Measures.PurchaseMarginBase, purchase);
    }

    // What was paid in another currency adds to the sum, but is no purchase of its own.
    private void AddAmount(Measure measure, in Purchase purchase)
    {
        sum.AddMoney(context, measure, purchase.Day, party, purchase.Amount);
        foreach (var other in purchase.Others)
            sum.Add(measure, purchase.Day, party.With(Dimensions.Currency, context.ForeignCurrency(other)), 0, 0, other.Micros);
    }

    // Of purchase i and the two before it.
    private void AddPairs(List<Purchase> all, int i)
    {
        var day = all[i].Day;
        var previous = i > 0 ? all[i - 1].Day : Measure.NeverDay;
        sum.Add(Measures.CustomersBuying, day, party, previous);
        if (i == 0)
            return;
        sum.Add(Measures.CustomersBuyingTwice, day, party, i > 1 ? all[i - 2].Day : Measure.NeverDay);
        sum.Add(Measures.CustomersBuyingTwice, day, party, previous, -1);
        sum.Add(Measures.CustomerLifespan, day, party, 0, 1, day - previous);
    }

    private void AddIntervals(List<(int From, int To)> intervals, int firstDay)
    {
        for (var i = 0; i < intervals.Count; i++)
        {
            var (a, b) = intervals[i];
            sum.Add(Measures.CustomersActive, a, party);
            sum.Add(Measures.CustomersActive, b, party, 0, -1);
            AddPair(Measures.CustomersActiveKnown, firstDay, a, 1);
            AddPair(Measures.CustomersActiveKnown, firstDay, b, -1);
            AddPair(Measures.CustomersKept, a, a, 1);
            AddPair(Measures.CustomersKept, a, b, -1);
            for (var j = i + 1; j < intervals.Count; j++)
            {
                var (c, d) = intervals[j];
                AddPair(Measures.CustomersKept, a, c, 1);
                AddPair(Measures.CustomersKept, a, d, -1);
                AddPair(Measures.CustomersKept, b, c, -1);
                AddPair(Measures.CustomersKept, b, d, 1);
            }
            if (i > 0)
                AddPair(Measures.CustomersReturned, intervals[i - 1].To, a, 1);
        }
    }

    private void AddPair(Measure measure, int x, int y, int count) => sum.Add(measure, y, party, x, count);

    private static int MonthOf(int day)
    {
        var date = DateOnly.FromDayNumber(day);
        return date.Year * 12 + date.Month;
    }
}
