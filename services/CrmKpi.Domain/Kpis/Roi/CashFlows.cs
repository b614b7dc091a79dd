using CrmKpi.Domain.Costs;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Evaluation;

namespace CrmKpi.Domain.Kpis.Roi;

/// <summary>What the CRM cost and brought on a day, in millionths of a currency unit.</summary>
public readonly record struct CashFlow(int Day, Int128 Cost, Int128 Benefit);

/// <summary>Reads the recorded costs and benefits of the CRM.</summary>
internal static class CashFlows
{
    /// <summary>All that is recorded, per group, sorted by day.</summary>
    public static List<CashFlow>[] Of(CubeSnapshot snapshot, GroupMap groups)
    {
        var flows = new List<CashFlow>[groups.Keys.Count];
        for (var g = 0; g < flows.Length; g++)
            flows[g] = [];
        Add(snapshot.Money.Flow(Measures.Cost), CrmCosts.Only, static (day, sum) => new CashFlow(day, sum, 0));
        Add(snapshot.Money.Flow(Measures.Benefit), null, static (day, sum) => new CashFlow(day, 0, sum));
        foreach (var group in flows)
            group.Sort(static (a, b) => a.Day.CompareTo(b.Day));
        return flows;

        void Add(MeasureColumn column, Restriction? only, Func<int, Int128, CashFlow> make)
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
}
