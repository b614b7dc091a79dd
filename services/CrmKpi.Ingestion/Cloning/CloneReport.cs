using System.Text.Json;

namespace CrmKpi.Ingestion.Cloning;

/// <summary>What became of one thing that was to be copied.</summary>
/// <param name="Skipped">Why it was not copied; null = it was.</param>
/// <param name="Detail">More about the reason.</param>
internal sealed record CloneItem(string Name, string? Skipped = null, string? Detail = null)
{
    /// <summary>The other tenant says the same already.</summary>
    public const string Same = "same";

    /// <summary>The other tenant has one of its own that differs: it is kept.</summary>
    public const string Exists = "exists";

    /// <summary>It could not be computed there.</summary>
    public const string Broken = "broken";

    /// <summary>It is for a KPI that the other tenant does not have.</summary>
    public const string UnknownKpi = "unknown_kpi";
}

/// <summary>What a clone did, part by part.</summary>
internal sealed record CloneReport(IReadOnlyList<(string Part, IReadOnlyList<CloneItem> Items)> Parts, long Sequence)
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("sequence", Sequence);
        foreach (var (part, items) in Parts)
        {
            json.WriteStartObject(part);
            json.WriteStartArray("copied");
            foreach (var item in items.Where(i => i.Skipped is null))
                json.WriteStringValue(item.Name);
            json.WriteEndArray();
            json.WriteStartArray("skipped");
            foreach (var item in items.Where(i => i.Skipped is not null))
            {
                json.WriteStartObject();
                json.WriteString("name", item.Name);
                json.WriteString("reason", item.Skipped);
                if (item.Detail is not null)
                    json.WriteString("detail", item.Detail);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
