using System.Text.Json;
using CrmKpi.EventLog;
using CrmKpi.Ingestion.OwnKpis;
using CrmKpi.Ingestion.Tenants;

namespace CrmKpi.Ingestion.Cloning;

/// <summary>
/// Copies targets as the events that they are, with their time: of two for the same KPI, filters and day the one set
/// later stands,
/// wherever it was set. The log takes each once.
/// </summary>
internal sealed class TargetClone(EventLog.EventLog log, OwnKpiBook book)
{
    private const string TargetSet = "tenant.target_set";
    private const int PageMax = 1_000;

    public async Task<IReadOnlyList<CloneItem>> Run(string from, OwnKpiScope to, CancellationToken ct)
    {
        var kpis = await book.SetOf(to, ct);
        var held = (await Read(to.Tenant!, ct)).Select(e => (e.Source, e.SourceId)).ToHashSet();
        var (items, events) = (new List<CloneItem>(), new List<NewEvent>());
        foreach (var e in await Read(from, ct))
        {
            var (kpi, name) = Describe(e);
            if (held.Contains((e.Source, e.SourceId)))
                items.Add(new CloneItem(name, CloneItem.Same));
            else if (kpis.Resolve(kpi) is null)
                items.Add(new CloneItem(name, CloneItem.UnknownKpi));
            else
            {
                items.Add(new CloneItem(name));
                events.Add(new NewEvent(e.Source, e.SourceId, e.Type, e.StreamId, e.OccurredAt, e.Data));
            }
        }
        foreach (var page in events.Chunk(PageMax))
            await log.Append(to.Tenant!, page, null, ct);
        return items;
    }

    private async Task<IReadOnlyList<StoredEvent>> Read(string tenant, CancellationToken ct)
    {
        var (found, version) = (new List<StoredEvent>(), 0L);
        IReadOnlyList<StoredEvent> page;
        do
        {
            page = await log.ReadStream(tenant, SetupPart.Stream, version, PageMax, ct);
            found.AddRange(page.Where(e => e.Type == TargetSet));
            version = page.Count > 0 ? page[^1].Version : version;
        }
        while (page.Count == PageMax);
        return found;
    }

    private static (string Kpi, string Name) Describe(StoredEvent e)
    {
        using var data = JsonDocument.Parse(e.Data);
        var kpi = data.RootElement.GetProperty("kpi").GetString()!;
        return (kpi, $"{kpi} {data.RootElement.GetProperty("due").GetString()}");
    }
}
