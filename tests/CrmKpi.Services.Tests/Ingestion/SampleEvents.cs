using System.Text;

namespace CrmKpi.Services.Tests.Ingestion;

/// <summary>CloudEvents as text.</summary>
internal static class SampleEvents
{
    /// <summary>A valid event.</summary>
    public static string Lead(
        string id, string? stream = null, string time = "2025-03-01T09:30:00+03:00", string type = "lead.created",
        string data = """{"source":"ads"}""") =>
        $$"""{"specversion":"1.0","id":"{{id}}","source":"test","type":"{{type}}","subject":"{{stream ?? "lead/" + id}}","time":"{{time}}","data":{{data}}}""";

    /// <summary>Many valid events, one a line.</summary>
    public static string Leads(int count, string prefix = "l") =>
        Enumerable.Range(0, count).Aggregate(new StringBuilder(), (text, i) => text.Append(Lead($"{prefix}{i}")).Append('\n')).ToString();
}
