using static CrmKpi.ReadModels.Tests.Oracle.OracleQuestion;

namespace CrmKpi.ReadModels.Tests.Oracle;

/// <summary>The KPIs of customers, service and surveys by their definitions.</summary>
internal static class OracleValue
{
    private static readonly string[] CacCategories =
        ["marketing", "sales_salary", "license", "implementation", "integration", "training", "support", "administration", "development"];

    public static readonly Dictionary<string, Func<OracleQuestion, decimal?>> Kpis = new()
    {
        ["new_customers"] = q => New(q),
        ["active_customers"] = q => Active(q, q.E),
        ["reactivated_customers"] = q => Of(q).Count(c => c.IsActiveBefore(q.E) && !c.IsActiveBefore(q.S) && c.First < q.S),
        ["buying_customers"] = q => Buying(q, 1),
        ["retention_rate"] = q => 100 * Ratio(Active(q, q.E) - New(q), Active(q, q.S)),
        ["retention_strict"] = q => 100 * Ratio(Kept(q), Active(q, q.S)),
        ["churn_rate"] = q => 100 * Ratio(Active(q, q.S) - Kept(q), Active(q, q.S)),
        ["churn_rate_total"] = q => 100 * Ratio(Served(q) - Active(q, q.E), Served(q)),
        ["cac"] = Cac,
        ["aov"] = Aov,
        ["purchase_frequency"] = Frequency,
        ["customer_lifetime"] = Lifetime,
        ["ltv"] = Ltv,
        ["ltv_to_cac"] = q => Ratio(Ltv(q), Cac(q)),
        ["repeat_sales_share"] = q => 100 * Ratio(Purchases(q).Count(p => !p.IsFirst), Purchases(q).Count()),
        ["repeat_customer_share"] = q => 100 * Ratio(Buying(q, 2), Buying(q, 1)),
        ["nps"] = q => 100 * Ratio(
            Scores(q, "nps").Count(s => s >= 9) - Scores(q, "nps").Count(s => s <= 6), Scores(q, "nps").Count()),
        ["csat"] = q => 100 * Ratio(Scores(q, "csat").Count(s => s >= 4), Scores(q, "csat").Count()),
        ["csi"] = q => Ratio(Scores(q, "csi").Sum(), Scores(q, "csi").Count()),
        ["employee_satisfaction"] = q => Ratio(Scores(q, "employee").Sum(), Scores(q, "employee").Count()),
        ["complaints"] = q => Tickets(q).Count(t => t.Any(e => e.Type == "ticket.opened" && e.Flag("complaint"))),
        ["ticket_reopen_rate"] = q => 100 * Ratio(Resolved(q).Count(t => t.IsReopened), Resolved(q).Count()),
    };

    public static readonly Dictionary<string, (Func<OracleQuestion, IEnumerable<double>> Of, double Unit)> Durations = new()
    {
        ["ticket_first_response_time"] = (q => Tickets(q).Where(t => t.Any(e => e.Type == "ticket.answered"))
            .Select(t => (t.First(e => e.Type == "ticket.answered").At - t[0].At).TotalMinutes), 1),
        ["ticket_resolution_time"] = (q =>
            from ticket in q.Log.Of("ticket")
            where ticket.Last(e => e.Type != "ticket.answered").Type == "ticket.resolved" && Kept(q, ticket)
            let last = ticket.Last(e => e.Type == "ticket.resolved")
            where q.In(last.At)
            select (last.At - ticket[0].At).TotalMinutes, 1_440),
    };

    private static IEnumerable<OracleCustomer> Of(OracleQuestion q) => q.Facts.Customers.Where(c => q.Keep(c.Dims));

    private static int New(OracleQuestion q) => Of(q).Count(c => c.First is { } first && q.In(first));

    private static int Active(OracleQuestion q, int day) => Of(q).Count(c => c.IsActiveBefore(day));

    private static int Kept(OracleQuestion q) => Of(q).Count(c => c.IsActiveBefore(q.S) && c.IsActiveBefore(q.E));

    // Active at the start, or new, or back in the period.
    private static int Served(OracleQuestion q) => Active(q, q.S) + New(q)
        + Of(q).Count(c => !c.IsActiveBefore(q.S) && c.Active.Any(i => i.To < q.S) && c.Active.Any(i => q.In(i.From)));

    private static int Buying(OracleQuestion q, int times) => Of(q).Count(c => c.Purchases.Count(p => q.In(p.Day)) >= times);

    private static IEnumerable<(OraclePurchase Purchase, bool IsFirst)> Purchases(OracleQuestion q) =>
        Of(q).SelectMany(c => c.Purchases.Select((p, i) => (p, i == 0))).Where(p => q.In(p.p.Day));

    private static decimal? Aov(OracleQuestion q) => Ratio(
        q.Sum(Purchases(q).SelectMany(p => p.Purchase.Amounts.Select(a => ((OracleMoney?)a, p.Purchase.Day)))),
        Purchases(q).Count(p => q.Log.Convert(p.Purchase.Main, p.Purchase.Day) is not null));

    private static decimal? Frequency(OracleQuestion q) => Ratio(
        Purchases(q).Count() * 365, Of(q).Where(c => c.First < q.E).Sum(c => q.E - Math.Max(c.First!.Value, q.S)));

    private static decimal? Lifetime(OracleQuestion q)
    {
        var known = Of(q).Where(c => c.First < q.E).ToList();
        return Ratio(known.Sum(c => c.Purchases.Last(p => p.Day < q.E).Day - c.First!.Value), known.Count * 365);
    }

    // No margin is told, so the whole amount counts.
    private static decimal? Ltv(OracleQuestion q) => Aov(q) * Frequency(q) * Lifetime(q);

    private static decimal? Cac(OracleQuestion q)
    {
        var costs = OracleEconomics.Costs(q).Where(c => CacCategories.Contains(c.Category)).ToList();
        return costs.Count == 0 ? null : Ratio(costs.Sum(c => c.Amount), New(q));
    }

    private static IEnumerable<decimal> Scores(OracleQuestion q, string kind) => q.Log.Of("survey").Select(s => s[^1])
        .Where(e => e.Text("kind") == kind && q.In(e.At) && q.Keep(OracleDims.Of([e]))).Select(e => e.Number("score")!.Value);

    private static bool Kept(OracleQuestion q, IReadOnlyList<OracleEvent> ticket)
    {
        var dims = OracleDims.Of(ticket);
        return q.Keep(dims.With("category", ticket.LastOrDefault(e => e.Text("priority") is not null)?.Text("priority")));
    }

    private static IEnumerable<IReadOnlyList<OracleEvent>> Tickets(OracleQuestion q) =>
        q.Log.Of("ticket").Where(t => q.In(t[0].At) && Kept(q, t));

    private static IEnumerable<(IReadOnlyList<OracleEvent> Ticket, bool IsReopened)> Resolved(OracleQuestion q) =>
        from ticket in q.Log.Of("ticket")
        where Kept(q, ticket)
        let first = ticket.FirstOrDefault(e => e.Type == "ticket.resolved")
        where first is not null && q.In(first.At)
        select (ticket, ticket.Any(e => e.Type == "ticket.reopened" && e.At > first.At));
}
