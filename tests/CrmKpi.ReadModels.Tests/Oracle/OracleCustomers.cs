using CrmKpi.Testing;

namespace CrmKpi.ReadModels.Tests.Oracle;

/// <summary>Customers with their purchases, by payments or by won deals.</summary>
internal static class OracleCustomers
{
    public static IEnumerable<OracleCustomer> Of(OracleLog log, IReadOnlyList<OracleDeal> deals)
    {
        var merged = log.Of("customer").Select(events => (events[0].Id, Into: events.LastOrDefault(e => e.Type == "customer.merged")?.Text("into")))
            .Where(m => m.Into is not null && m.Into != m.Id).ToDictionary(m => m.Id, m => m.Into!);
        var events = log.Of("customer").SelectMany(e => e).ToLookup(e => Root(e.Id));
        var won = deals.Where(d => d.IsWon && d.Customer is not null).ToLookup(d => Root(d.Customer!));
        var ids = events.Select(g => g.Key).Union(log.Tenant.Purchases == "deals" ? won.Select(g => g.Key) : []);
        foreach (var id in ids)
        {
            var all = events[id].OrderBy(e => e.At).ThenBy(e => e.Sequence).ToList();
            var purchases = log.Tenant.Purchases == "deals" ? FromDeals(log, won[id]) : FromPayments(log, all);
            var losses = all.Where(e => e.Type == "customer.lost").Select(e => e.At).ToList();
            yield return new(OracleDims.Of(all.Where(e => e.Id == id)), purchases, Activity(log, purchases, losses));
        }

        string Root(string id)
        {
            for (var steps = 0; steps < 10 && merged.TryGetValue(id, out var into); steps++)
                id = into;
            return id;
        }
    }

    private static List<OraclePurchase> FromDeals(OracleLog log, IEnumerable<OracleDeal> won) =>
    [
        .. won.Select(d => new OraclePurchase(d.ClosedAt!.Value, log.Day(d.ClosedAt.Value), [d.Amount ?? default])).OrderBy(p => p.At),
    ];

    private static List<OraclePurchase> FromPayments(OracleLog log, List<OracleEvent> events)
    {
        var purchases = new List<OraclePurchase>();
        foreach (var made in events.Where(e => e.Type == "purchase.made"))
        {
            var amount = made.Money("amount")!.Value;
            var amounts = new List<OracleMoney> { amount };
            var refunds = events.Where(e => e.Type == "purchase.refunded" && e.Text("purchase") == made.Text("purchase"))
                .Select(e => e.Money("amount")!.Value).ToList();
            var alike = refunds.Where(r => Own(r.Currency) == Own(amount.Currency)).Sum(r => r.Amount);
            if (alike > 0)
                amounts[0] = amount with { Amount = Math.Max(0, amount.Amount - alike) };
            amounts.AddRange(refunds.Where(r => Own(r.Currency) != Own(amount.Currency)).Select(r => r with { Amount = -r.Amount }));
            purchases.Add(new(made.At, log.Day(made.At), amounts));
        }
        return purchases;

        string Own(string? currency) => currency ?? GeneratedTenant.Currency;
    }

    // [day of a purchase, day + inactivity window), cut by the next loss; what touches is one.
    private static List<(int From, int To)> Activity(OracleLog log, List<OraclePurchase> purchases, List<DateTime> losses)
    {
        var days = new SortedSet<int>();
        foreach (var purchase in purchases)
        {
            var to = purchase.Day + GeneratedTenant.InactivityDays;
            if (losses.Where(l => l >= purchase.At).Select(l => (DateTime?)l).Min() is { } loss)
                to = Math.Min(to, log.Day(loss));
            for (var day = purchase.Day; day < to; day++)
                days.Add(day);
        }
        var intervals = new List<(int From, int To)>();
        foreach (var day in days)
            if (intervals is [.., var last] && last.To == day)
                intervals[^1] = (last.From, day + 1);
            else
                intervals.Add((day, day + 1));
        return intervals;
    }
}
