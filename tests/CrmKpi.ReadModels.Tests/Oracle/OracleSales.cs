using CrmKpi.Testing;
using static CrmKpi.ReadModels.Tests.Oracle.OracleQuestion;

namespace CrmKpi.ReadModels.Tests.Oracle;

/// <summary>The KPIs of sales by their definitions.</summary>
internal static class OracleSales
{
    private static readonly string[] Dead = ["organisational"];

    public static readonly Dictionary<string, Func<OracleQuestion, decimal?>> Kpis = new()
    {
        ["leads_created"] = q => q.Leads.Count(),
        ["lead_conversion"] = q => 100 * Ratio(q.Leads.Count(l => l.Converted is not null), q.Leads.Count()),
        ["lead_conversion.within30"] = q => 100 * Ratio(
            q.Leads.Count(l => l.Converted is { } c && q.Log.Day(c) - q.Log.Day(l.At) <= 30), q.Leads.Count()),
        ["lead_to_deal_conversion"] = q => 100 * Ratio(q.Won.Count(), q.Leads.Count()),
        ["win_rate"] = q => 100 * Ratio(q.Won.Count(), q.Won.Count() + q.Lost.Count()),
        ["win_rate_amount"] = q => 100 * Ratio(Amount(q, q.Won), Amount(q, q.Won) + Amount(q, q.Lost)),
        ["deals_created"] = q => q.Created.Count(),
        ["deals_won"] = q => q.Won.Count(),
        ["deals_lost"] = q => q.Lost.Count(),
        ["revenue"] = q => Amount(q, q.Won),
        ["average_deal_size"] = AverageDeal,
        ["lost_amount"] = q => Amount(q, q.Lost),
        ["pipeline_value"] = q => q.Sum(q.OpenBefore(q.E).Select(o => (o.Amount, q.E - 1))),
        ["weighted_pipeline"] = q => q.Sum(q.OpenBefore(q.E).Select(o => (Weighted(o.Amount, o.Deal.Probability), q.E - 1))),
        ["pipeline_coverage"] = PipelineCoverage,
        ["stuck_deals_share"] = q => 100 * Ratio(q.OpenBefore(q.E).Count(o => IsStuck(q, o.Visit)), q.OpenBefore(q.E).Count()),
        ["stage_conversion"] = q => 100 * Ratio(FirstVisits(q).Count(v => IsAdvanced(v.Deal, v.Visit)), FirstVisits(q).Count()),
        ["deals_per_manager"] = q => Ratio(q.Won.Count(), Managers(q)),
        ["revenue_per_manager"] = q => Ratio(Amount(q, q.Won), Managers(q)),
        ["open_load_per_manager"] = q => Ratio(q.OpenBefore(q.E).Count(), Managers(q)),
        ["slippage_rate"] = q => 100 * Ratio(
            q.Facts.Living.Count(d => q.Keep(Deal(d)) && d.Slips.Any(q.In)), q.Facts.Living.Count(d => q.Keep(Deal(d)) && WasOpen(q, d))),
        ["sales_velocity"] = q => Ratio(
            q.OpenBefore(q.E).Count() * AverageDeal(q) * Ratio(q.Won.Count(), q.Won.Count() + q.Lost.Count()),
            Mean([.. Cycles(q).Select(c => c.TotalDays)])),
        ["lost_sales_cost"] = q => AverageDeal(q) * q.Leads.Count() * Ratio(
            Closed(q, l => l.Lost).Count(l => Dead.Contains(l.Dims.Value("cause"))),
            Closed(q, l => l.Lost).Count() + Closed(q, l => l.Converted).Count()),
        ["crm_bypass_share"] = q => 100 * Ratio(
            q.Won.Count(d => d.Activities.Count(a => a <= d.ClosedAt) < GeneratedTenant.BypassActivities), q.Won.Count()),
        ["dead_lead_share"] = q => 100 * Ratio(q.Leads.Count(l => l.Dead), q.Leads.Count()),
    };

    /// <summary>The KPIs that are a duration, by the durations that they summarise and their unit.</summary>
    public static readonly Dictionary<string, (Func<OracleQuestion, IEnumerable<double>> Of, double Unit)> Durations = new()
    {
        ["sales_cycle"] = (q => Cycles(q).Select(c => c.TotalMinutes), 1_440),
        ["lead_processing_time"] = (q => q.Won.Where(d => d.LeadAt is not null).Select(d => (d.ClosedAt!.Value - d.LeadAt!.Value).TotalMinutes), 1_440),
        ["response_time"] = (q => q.Inquiries.Where(i => i.Answered is not null).Select(i => (i.Answered!.Value - i.At).TotalMinutes), 1),
        ["response_time_working"] = (q => q.Inquiries.Where(i => i.Answered is not null).Select(i => q.Log.WorkingMinutes(i.At, i.Answered!.Value)), 1),
        ["first_contact_time"] = (q => q.Leads.Where(l => l.Contact is not null).Select(l => (l.Contact!.Value - l.At).TotalMinutes), 1),
        ["stage_time"] = (q =>
            from deal in q.Facts.Living
            from visit in deal.Visits
            where visit.Left is { } left && q.In(left) && q.Keep(Deal(deal).With("stage", visit.Stage))
            select (visit.Left!.Value - visit.Entered).TotalMinutes, 1_440),
    };

    // The target is one of the whole tenant.
    private static decimal? PipelineCoverage(OracleQuestion q)
    {
        var month = DateOnly.FromDayNumber(q.E).AddDays(1 - DateOnly.FromDayNumber(q.E).Day).DayNumber;
        var soFar = q with { S = month };
        var missing = GeneratedTenant.MonthlyRevenueTarget - Amount(soFar, soFar.Won);
        return q.IsTotal && missing > 0 ? q.Sum(q.OpenBefore(q.E).Select(o => (o.Amount, q.E - 1))) / missing : null;
    }

    private static IEnumerable<TimeSpan> Cycles(OracleQuestion q) => q.Won.Select(d => d.ClosedAt!.Value - (d.LeadAt ?? d.At));

    private static decimal Amount(OracleQuestion q, IEnumerable<OracleDeal> deals) =>
        q.Sum(deals.Select(d => (d.Amount, q.Log.Day(d.ClosedAt!.Value))));

    private static decimal? AverageDeal(OracleQuestion q) => Ratio(
        Amount(q, q.Won), q.Won.Count(d => q.Log.Convert(d.Amount, q.Log.Day(d.ClosedAt!.Value)) is not null));

    private static OracleMoney? Weighted(OracleMoney? amount, decimal probability) =>
        amount is { } known ? known with { Amount = decimal.Round(known.Amount * probability / 100, 6, MidpointRounding.ToEven) } : null;

    private static bool IsStuck(OracleQuestion q, OracleVisit visit) =>
        q.Log.Day(visit.Entered) + (visit.Stage == "offer" ? GeneratedTenant.OfferStuckDays : GeneratedTenant.StuckDays) < q.E;

    private static IEnumerable<(OracleDeal Deal, OracleVisit Visit)> FirstVisits(OracleQuestion q) =>
        from deal in q.Facts.Living
        from visit in deal.Visits.DistinctBy(v => v.Stage)
        where q.In(visit.Entered) && q.Keep(Deal(deal).With("stage", visit.Stage))
        select (deal, visit);

    private static bool IsAdvanced(OracleDeal deal, OracleVisit visit) =>
        deal.Wins.Any(w => w >= visit.Entered) || deal.Visits.Any(v => v.Entered > visit.Entered && v.Order > visit.Order);

    private static bool WasOpen(OracleQuestion q, OracleDeal deal) => deal.Visits.Any(
        v => q.Log.Day(v.Entered) < q.E && (v.Left is not { } left || q.Log.Day(left) >= q.S));

    private static IEnumerable<OracleLead> Closed(OracleQuestion q, Func<OracleLead, DateTime?> at) =>
        q.Facts.Leads.Where(l => at(l) is { } closed && q.In(closed) && q.Keep(l.Dims));

    private static int Managers(OracleQuestion q) => q.Created.Select(Deal).Concat(q.Won.Select(Deal)).Concat(q.Lost.Select(Deal))
        .Concat(q.Leads.Select(l => l.Dims)).Concat(FirstVisits(q).Select(v => Deal(v.Deal)))
        .Select(d => d.Value("manager")).OfType<string>().Distinct().Count();
}
