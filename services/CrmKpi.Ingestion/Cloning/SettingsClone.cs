using System.Text.Json;
using System.Text.Json.Nodes;
using CrmKpi.Domain.Settings;
using CrmKpi.Ingestion.Tenants;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.Cloning;

/// <summary>
/// Copies settings: those that differ are put as a body of <c>PUT /v1/tenants/{tenant}</c> would put them.
/// </summary>
internal sealed class SettingsClone(EventLog.EventLog log, TenantSetup setup)
{
    public const string Pipelines = "pipelines";

    public async Task<IReadOnlyList<CloneItem>> Run(
        string from, string to, ActedBy by, IReadOnlyList<string> names, CancellationToken ct)
    {
        var (theirs, ours) = (await Read(from, ct), await Read(to, ct));
        var (body, items) = (new JsonObject(), new List<CloneItem>());
        foreach (var name in names)
            if (name == Pipelines)
                AddPipelines(theirs, ours, body, items);
            else if (theirs[name] is { } value)
                Add(name, JsonNode.DeepEquals(value, ours[name]), () => body[name] = value.DeepClone(), items);
        if (body.Count > 0)
        {
            using var document = JsonDocument.Parse(body.ToJsonString());
            await setup.Put(to, by, document.RootElement, ct);
        }
        return items;
    }

    private static void AddPipelines(JsonObject theirs, JsonObject ours, JsonObject body, List<CloneItem> items)
    {
        var copied = new JsonArray();
        var held = ours[Pipelines]!.AsArray();
        foreach (var pipeline in theirs[Pipelines]!.AsArray())
            Add(
                $"{Pipelines}/{pipeline!["id"]}", held.Any(h => JsonNode.DeepEquals(h, pipeline)),
                () => copied.Add(pipeline.DeepClone()), items);
        if (copied.Count > 0)
            body[Pipelines] = copied;
    }

    private static void Add(string name, bool same, Action copy, List<CloneItem> items)
    {
        items.Add(new CloneItem(name, same ? CloneItem.Same : null));
        if (!same)
            copy();
    }

    private async Task<JsonObject> Read(string tenant, CancellationToken ct)
    {
        TenantSettings settings = (await SettingsStream.Read(log, tenant, ct)).Fold.Settings;
        return JsonNode.Parse(SettingsJson.Bytes(settings))!.AsObject();
    }
}
