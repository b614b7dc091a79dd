using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Kpis.Roi;

/// <summary>Answers what the CRM cost and brought. Pure.</summary>
public static class ReturnOnInvestment
{
    private const int CategoriesMax = 100;

    /// <summary>Answers a question; the snapshot must hold <see cref="RoiQuery.Measures"/>.</summary>
    public static RoiAnswer Answer(CubeSnapshot snapshot, RoiQuery query, CancellationToken ct = default)
    {
        var derived = Derivation.All(new RoiInputs(snapshot, query, ct));
        var flows = Counted(snapshot, query, derived);
        var (before, within) = (Sum(flows, int.MinValue, query.Period.From), Sum(flows, query.Period.From, query.Period.To));
        var recorded = ByCategory(snapshot, query, "crm_benefit", ct);
        return new RoiAnswer(
            query, PaybackTime.StartOf(flows, snapshot.Settings.CrmLaunched), within.Cost, within.Benefit,
            within.Cost == 0 ? null : (within.Benefit - within.Cost) * 100 / within.Cost,
            PaybackTime.Of(flows, snapshot.Settings.CrmLaunched, query.Period.To),
            ByCategory(snapshot, query, "crm_cost", ct), recorded, derived, before, Months(flows, query.Period, before),
            RoiWarnings.Of(snapshot, query, recorded, derived, ct));
    }

    // Recorded costs; of the benefits those that count, the derived ones spread evenly over the period.
    private static List<CashFlow> Counted(CubeSnapshot snapshot, RoiQuery query, IReadOnlyList<Derivation> derived)
    {
        var flows = CashFlows.Of(snapshot, GroupMap.Of(snapshot.DimensionSets, [], []))[0];
        if (query.Source == BenefitSource.Recorded)
            return flows;
        if (query.Source == BenefitSource.Derived)
            flows = [.. flows.Select(f => f with { Benefit = 0 })];
        var micros = (Int128)decimal.Round(derived.Sum(d => d.Value ?? 0) * Money.MicrosPerUnit, 0, MidpointRounding.ToEven);
        var days = query.Period.Days;
        for (var i = 0; i < days; i++)
            flows.Add(new CashFlow(query.Period.From + i, 0, micros * (i + 1) / days - micros * i / days));
        flows.Sort(static (a, b) => a.Day.CompareTo(b.Day));
        return flows;
    }

    private static List<RoiMonth> Months(List<CashFlow> flows, Period period, (decimal Cost, decimal Benefit) before)
    {
        var months = new List<RoiMonth>();
        var (cost, benefit) = before;
        foreach (var bucket in PeriodBucket.Cut(period, Grain.Month, fiscalStartMonth: 1)!)
        {
            var month = Sum(flows, bucket.Period.From, bucket.Period.To);
            (cost, benefit) = (cost + month.Cost, benefit + month.Benefit);
            months.Add(new RoiMonth(bucket, month.Cost, month.Benefit, cost, benefit));
        }
        return months;
    }

    private static (decimal Cost, decimal Benefit) Sum(List<CashFlow> flows, int from, int to)
    {
        Int128 cost = 0, benefit = 0;
        foreach (var flow in flows)
            if (flow.Day >= from && flow.Day < to)
                (cost, benefit) = (cost + flow.Cost, benefit + flow.Benefit);
        return (Readout.InUnits(cost, Money.MicrosPerUnit), Readout.InUnits(benefit, Money.MicrosPerUnit));
    }

    private static List<CategoryAmount> ByCategory(CubeSnapshot snapshot, RoiQuery query, string kpi, CancellationToken ct)
    {
        var question = new KpiQuery(
            [Catalogue.Resolve(kpi)!], query.Period, Grain.None, ComparisonKind.None, [Dimensions.Category], [], query.Today)
        {
            TakeGroups = CategoriesMax,
        };
        return
        [
            .. Evaluator.Answer(snapshot, question, ct).Kpis[0].Series
                .Select(s => new CategoryAmount(s.Key[0], s.Points[0].Value.Value ?? 0)),
        ];
    }
}
