using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis.Roi;
using CrmKpi.Domain.Periods;

namespace CrmKpi.Domain.Kpis.Evaluation;

/// <summary>Reads after how many months the CRM has paid for itself, per group.</summary>
internal readonly ref struct PaybackScan(CubeSnapshot snapshot, GroupMap groups, IReadOnlyList<Period> periods)
{
    public void Read(Int128[] result, bool[] found)
    {
        var flows = CashFlows.Of(snapshot, groups);
        for (var g = 0; g < flows.Length; g++)
            for (var k = 0; k < periods.Count; k++)
            {
                if (PaybackTime.Of(flows[g], snapshot.Settings.CrmLaunched, periods[k].To) is not { } payback)
                    continue;
                result[g * periods.Count + k] = payback.Months;
                found[g * periods.Count + k] = true;
            }
    }
}
