using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Ingestion.OwnKpis;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.Cloning;

/// <summary>
/// Copies the KPIs that a tenant defines. Those that the other tenant has defined otherwise are kept; so is what could
/// not be
/// computed there left out.
/// </summary>
internal sealed class KpiClone(OwnKpiBook book)
{
    public async Task<IReadOnlyList<CloneItem>> Run(string from, OwnKpiScope to, ActedBy by, CancellationToken ct)
    {
        var theirs = OwnKpiBook.Stored(await book.Rows(OwnKpiOwner.Tenant(from), ct));
        var agency = OwnKpiBook.Stored(await book.Rows(OwnKpiOwner.Agency(to.Agency), ct));
        List<CloneItem> items = [];
        await book.Change(to, by, held =>
        {
            items = [];
            var ours = held.ToDictionary(k => k.Id, k => k.Json, StringComparer.Ordinal);
            var wanted = new List<StoredKpi>();
            foreach (var kpi in theirs)
                if (!ours.TryGetValue(kpi.Id, out var json))
                    wanted.Add(kpi);
                else
                    items.Add(new CloneItem(kpi.Id, json == kpi.Json ? CloneItem.Same : CloneItem.Exists));
            DropBroken(agency, held, wanted, items);
            items.AddRange(wanted.Select(k => new CloneItem(k.Id)));
            return [.. wanted.Select(k => new OwnKpiChange(k.Id, k.Json))];
        }, ct);
        return [.. items.OrderBy(i => i.Name, StringComparer.Ordinal)];
    }

    // One that is left out may be what another refers to: again until the rest can be computed.
    private static void DropBroken(
        IReadOnlyList<StoredKpi> agency, IReadOnlyList<StoredKpi> held, List<StoredKpi> wanted, List<CloneItem> items)
    {
        while (true)
        {
            var set = KpiSet.Of(agency, held.Concat(wanted), "");
            var broken = wanted.Where(k => set.Find(k.Id)!.Problem is not null).ToList();
            if (broken.Count == 0)
                return;
            items.AddRange(broken.Select(k => new CloneItem(k.Id, CloneItem.Broken, set.Find(k.Id)!.Problem!.Detail)));
            wanted.RemoveAll(broken.Contains);
        }
    }
}
