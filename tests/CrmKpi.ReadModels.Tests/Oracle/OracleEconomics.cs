using CrmKpi.Testing;
using static CrmKpi.ReadModels.Tests.Oracle.OracleQuestion;

namespace CrmKpi.ReadModels.Tests.Oracle;

/// <summary>The KPIs of marketing and economics by their definitions.</summary>
internal static class OracleEconomics
{
    private static readonly string[] NotCrm = ["marketing", "sales_salary"];

    public static readonly Dictionary<string, Func<OracleQuestion, decimal?>> Kpis = new()
    {
        ["romi"] = q => Romi(q, d => d.Dims),
        ["romi.last"] = q => Romi(q, d => d.Dims),
        ["romi.first"] = q => Romi(q, d => (d.LeadFirst ?? new OracleDims()).FilledFrom(OracleDims.FirstOf(d.Events))),
        ["cost_per_lead"] = q => Costs(q).Any(c => c.Category == "marketing") ? Ratio(Marketing(q), q.Leads.Count()) : null,
        ["ctr"] = q => 100 * Ratio(Ads(q).Sum(a => a.Number("clicks")), Ads(q).Sum(a => a.Number("impressions"))),
        ["cpc"] = q => Ratio(AdCost(q), Ads(q).Sum(a => a.Number("clicks"))),
        ["email_open_rate"] = q => 100 * Ratio(Emails(q, "email.opened", "email.clicked"), Delivered(q)),
        ["email_click_rate"] = q => 100 * Ratio(Emails(q, "email.clicked"), Delivered(q)),
        ["email_click_to_open"] = q => 100 * Ratio(Emails(q, "email.clicked"), Emails(q, "email.opened", "email.clicked")),
        ["unsubscribe_rate"] = q => 100 * Ratio(Emails(q, "email.unsubscribed"), Delivered(q)),
        ["forecast_accuracy"] = q => 100 * ForecastAccuracy(q),
        ["crm_cost"] = q => CrmCost(q),
        ["crm_benefit"] = q => Benefit(q),
        ["roi"] = q => 100 * Ratio(Benefit(q) - CrmCost(q), CrmCost(q)),
        ["payback_months"] = Payback,
    };

    /// <summary>Costs of the period, spread evenly over their days; advertising is marketing.</summary>
    public static IEnumerable<(string Category, decimal Amount)> Costs(OracleQuestion q, bool withAds = true)
    {
        foreach (var e in q.Log.Of("cost").Select(s => s[^1]))
            if (q.Keep(Touch(e, e.Text("channel"), e.Text("campaign")).With("category", e.Text("category"))))
                if (Spread(q, e) is { } amount)
                    yield return (e.Text("category")!, amount);
        if (withAds)
            foreach (var e in LastReports(q).Where(e => q.In(e.DayOf("day")!.Value)))
                if (q.Keep(Touch(e, e.Text("channel"), e.Id).With("category", "marketing"))
                    && q.Log.Convert(e.Money("cost"), e.DayOf("day")!.Value) is { } cost)
                    yield return ("marketing", cost);
    }

    private static decimal Marketing(OracleQuestion q) => Costs(q).Where(c => c.Category == "marketing").Sum(c => c.Amount);

    private static decimal CrmCost(OracleQuestion q) => Costs(q).Where(c => !NotCrm.Contains(c.Category)).Sum(c => c.Amount);

    private static decimal Benefit(OracleQuestion q) => q.Log.Of("benefit").Select(s => s[^1])
        .Where(e => q.Keep(new OracleDims().With("category", e.Text("category")))).Sum(e => Spread(q, e) ?? 0);

    // The part of each day of the period; null when no day of it can be converted or lies in the question.
    private static decimal? Spread(OracleQuestion q, OracleEvent e)
    {
        var period = e.Data.GetProperty("period");
        int from = DayNumber(period.GetProperty("from").GetString()!), to = DayNumber(period.GetProperty("to").GetString()!);
        var money = e.Money("amount")!.Value;
        var part = money with { Amount = money.Amount / (to - from + 1) };
        decimal? sum = null;
        for (var day = Math.Max(from, q.S); day < Math.Min(to + 1, q.E); day++)
            if (q.Log.Convert(part, day) is { } amount)
                sum = (sum ?? 0) + amount;
        return sum;
    }

    private static decimal? Romi(OracleQuestion q, Func<OracleDeal, OracleDims> touch)
    {
        var won = q.Facts.Living.Where(d => d.Status == "won" && q.In(d.ClosedAt!.Value) && q.Keep(touch(d)));
        var revenue = q.Sum(won.Select(d => (d.Amount, q.Log.Day(d.ClosedAt!.Value))));
        return 100 * Ratio(revenue - Marketing(q), Marketing(q));
    }

    // Of each campaign, day, channel and source the last report counts.
    private static IEnumerable<OracleEvent> LastReports(OracleQuestion q) =>
        q.Log.Of("campaign").SelectMany(s => s).Where(e => e.Type == "ad.performance")
            .GroupBy(e => (e.Id, e.DayOf("day"), e.Text("channel"), e.Text("source"))).Select(g => g.Last());

    private static IEnumerable<OracleEvent> Ads(OracleQuestion q) => LastReports(q)
        .Where(e => q.In(e.DayOf("day")!.Value) && q.Keep(Touch(e, e.Text("channel"), e.Id)));

    private static decimal AdCost(OracleQuestion q) => q.Sum(Ads(q).Select(e => (e.Money("cost"), e.DayOf("day")!.Value)));

    private static OracleDims Touch(OracleEvent e, string? channel, string? campaign) =>
        new OracleDims().With("source", e.Text("source")).With("channel", channel).With("campaign", campaign);

    // Messages by the day of sending that have one of these events.
    private static int Emails(OracleQuestion q, params string[] types) =>
        q.Log.Of("campaign").SelectMany(s => s).Where(e => e.Type.StartsWith("email.", StringComparison.Ordinal))
            .GroupBy(e => (e.Id, e.Text("message"), e.Text("recipient")))
            .Count(g => q.In(g.Where(e => e.Type == "email.sent").Concat(g).First().At) && g.Any(e => types.Contains(e.Type))
                && q.Keep(new OracleDims().With("campaign", g.Key.Id)));

    // Who opens, clicks or unsubscribes has got the message. Where no delivery is told, all that was sent counts.
    private static int Delivered(OracleQuestion q) => Emails(q, "email.delivered") > 0
        ? Emails(q, "email.delivered", "email.opened", "email.clicked", "email.unsubscribed")
        : Emails(q, "email.sent", "email.opened", "email.clicked", "email.unsubscribed");

    private static decimal? ForecastAccuracy(OracleQuestion q)
    {
        decimal? forecast = null;
        foreach (var stream in q.Log.Of("forecast"))
        {
            var from = DayNumber(stream[^1].Data.GetProperty("period").GetProperty("from").GetString()!);
            var stood = stream.LastOrDefault(e => e.At < q.Log.StartOf(from));
            if (stood is not null && q.Keep(new OracleDims().With("manager", stood.Text("manager"))))
                forecast = Spread(q, stood) is { } amount ? (forecast ?? 0) + amount : forecast;
        }
        var actual = q.Sum(q.Won.Select(d => (d.Amount, q.Log.Day(d.ClosedAt!.Value))));
        return actual == 0 || forecast is not { } wanted ? null : Math.Max(0, 1 - Math.Abs(wanted - actual) / actual);
    }

    // The first month that is over, counted from the one with the first cost, at whose end the benefits reach the costs.
    private static decimal? Payback(OracleQuestion q)
    {
        var days = Enumerable.Range(0, q.E).Where(d => d >= DateOnly.FromDateTime(GeneratedTenant.Start.UtcDateTime).DayNumber - 40);
        DateOnly? first = null;
        decimal cost = 0, benefit = 0;
        var months = 0;
        foreach (var day in days)
        {
            var one = q with { S = day, E = day + 1 };
            var date = DateOnly.FromDayNumber(day);
            var spent = CrmCost(one);
            (cost, benefit) = (cost + spent, benefit + Benefit(one));
            if (spent != 0)
                first ??= date;
            if (first is null || date.AddDays(1).Day != 1)
                continue;
            months = (date.Year - first.Value.Year) * 12 + date.Month - first.Value.Month + 1;
            if (benefit >= cost)
                return months;
        }
        return null;
    }

    private static int DayNumber(string day) => DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture).DayNumber;
}
