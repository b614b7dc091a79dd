using CrmKpi.Domain.Costs;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Roi;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>Reads after how many months the CRM has paid for itself, per group: one pass over all costs and benefits.</summary>
internal readonly ref struct PaybackScan(CubeSnapshot snapshot, GroupMap groups, IReadOnlyList<Period> periods)
{
    public void Read(Int128[] result, bool[] found)
    {
        var flows = new List<CashFlow>[groups.Keys.Count];
        for (var g = 0; g < flows.Length; g++)
            flows[g] = [];
        Collect(snapshot.Money.Flow(Measures.Cost), CrmCosts.Only, flows, static (day, sum) => new CashFlow(day, sum, 0));
        Collect(snapshot.Money.Flow(Measures.Benefit), null, flows, static (day, sum) => new CashFlow(day, 0, sum));
        for (var g = 0; g < flows.Length; g++)
        {
            flows[g].Sort(static (a, b) => a.Day.CompareTo(b.Day));
            for (var k = 0; k < periods.Count; k++)
            {
                if (PaybackTime.Of(flows[g], snapshot.Settings.CrmLaunched, periods[k].To) is not { } payback)
                    continue;
                result[g * periods.Count + k] = payback.Months;
                found[g * periods.Count + k] = true;
            }
        }
    }

    private void Collect(
        MeasureColumn column, Restriction? only, List<CashFlow>[] flows, Func<int, Int128, CashFlow> make)
    {
        for (var i = 0; i < column.Length; i++)
        {
            var dims = column.Dims[i];
            var group = groups.IsTotal ? 0 : groups.GroupOf[dims];
            if (group >= 0 && only?.Holds(snapshot.DimensionSets[dims]) != false)
                flows[group].Add(make(column.Days[i], column.Sums[i]));
        }
    }
}
