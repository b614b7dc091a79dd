namespace CrmKpi.ReadModels.Tests.Oracle;

/// <summary>What a KPI is asked for: the days [S, E), and which dimension values count.</summary>
internal sealed record OracleQuestion(OracleFacts Facts, int S, int E, Func<OracleDims, bool> Keep)
{
    /// <summary>Whether everything counts.</summary>
    public bool IsTotal { get; init; }

    public OracleLog Log => Facts.Log;

    public int Days => E - S;

    public bool In(int day) => day >= S && day < E;

    public bool In(DateTime at) => In(Log.Day(at));

    public IEnumerable<OracleLead> Leads => Facts.Leads.Where(l => In(l.At) && Keep(l.Dims));

    public IEnumerable<OracleDeal> Created => Facts.Living.Where(d => In(d.At) && Keep(Deal(d)));

    public IEnumerable<OracleDeal> Won => Facts.Living.Where(d => d.Status == "won" && In(d.ClosedAt!.Value) && Keep(Deal(d)));

    public IEnumerable<OracleDeal> Lost => Facts.Living.Where(d => d.Status == "lost" && In(d.ClosedAt!.Value)
        && Keep(d.Dims.With("stage", d.LostStage)));

    public IEnumerable<OracleInquiry> Inquiries => Facts.Inquiries.Where(i => In(i.At) && Keep(i.Dims));

    /// <summary>Reason and cause stand on losses only.</summary>
    public static OracleDims Deal(OracleDeal deal)
    {
        var dims = deal.Dims.With("", null);
        dims.Remove("reason");
        dims.Remove("cause");
        return dims;
    }

    /// <summary>The stays that deals are in at the end of the day before.</summary>
    public IEnumerable<(OracleDeal Deal, OracleVisit Visit, OracleMoney? Amount)> OpenBefore(int day) =>
        from deal in Facts.Living
        from visit in deal.Visits
        where Log.Day(visit.Entered) < day && (visit.Left is not { } left || Log.Day(left) >= day)
        where Keep(Deal(deal).With("stage", visit.Stage))
        let known = deal.Amounts.Where(a => Log.Day(a.At) < day).ToList()
        select (deal, visit, known.Count > 0 ? known[^1].Money : (OracleMoney?)null);

    /// <summary>Amounts in the tenant's currency; those without a rate are left out.</summary>
    public decimal Sum(IEnumerable<(OracleMoney? Money, int Day)> amounts) => amounts.Sum(a => Log.Convert(a.Money, a.Day) ?? 0);

    public static decimal? Ratio(decimal? part, decimal? whole) => whole is null or 0 ? null : part / whole;

    public static decimal? Mean(IReadOnlyCollection<double> values) => values.Count == 0 ? null : (decimal)values.Average();

    /// <summary>Type 7 of Hyndman and Fan.</summary>
    public static decimal? Quantile(IEnumerable<double> values, double q)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0)
            return null;
        var position = q * (sorted.Length - 1);
        var low = (int)position;
        var high = Math.Min(low + 1, sorted.Length - 1);
        return (decimal)(sorted[low] + (sorted[high] - sorted[low]) * (position - low));
    }
}
