using System.Diagnostics.Metrics;
using CrmKpi.EventLog;

namespace CrmKpi.Ingestion.Events;

/// <summary>
/// What became of events, by the kind of system that sent them and, for those refused, by the code of the reason. A source's own
/// name never becomes an attribute: it may name a customer, and there is no end of them.
/// </summary>
internal static class IntakeTelemetry
{
    /// <summary>Source of metrics.</summary>
    public const string Name = "CrmKpi.Ingestion";

    private const string Other = "other";

    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Events = Meter.CreateCounter<long>(
        "crmkpi.ingest.events", "{event}", "Events that came, by what became of them.");

    private static readonly Dictionary<string, string> Systems = new[]
    {
        "amocrm", "bitrix24", "salesforce", "hubspot", "csv", "1c", "moysklad", "telephony", "survey", "ads", "manual",
    }.ToDictionary(system => system, StringComparer.OrdinalIgnoreCase);

    /// <summary>Counts what was appended.</summary>
    public static void Appended(IReadOnlyList<NewEvent> events, AppendResult result)
    {
        if (!Events.Enabled || events.Count == 0)
            return;
        // A request is of one source, as a rule.
        var system = SystemOf(events[0].Source);
        Count(result.Accepted, "accepted", system);
        Count(result.Duplicates, "duplicate", system);
    }

    /// <summary>Counts what was put into quarantine.</summary>
    public static void Quarantined(IReadOnlyList<QuarantinedEvent> events)
    {
        if (!Events.Enabled)
            return;
        foreach (var alike in events.GroupBy(e => (System: SystemOf(e.Source), e.Code)))
            Events.Add(
                alike.Count(), Outcome("quarantined"), Source(alike.Key.System),
                new KeyValuePair<string, object?>("crmkpi.reason", alike.Key.Code));
    }

    /// <summary>The kind of system that a CloudEvents source names: what stands before its first slash, if it is known.</summary>
    public static string SystemOf(string? source)
    {
        if (source is null)
            return Other;
        var end = source.AsSpan().IndexOfAny('/', ':');
        var name = end < 0 ? source.AsSpan() : source.AsSpan(0, end);
        return Systems.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var known) ? known : Other;
    }

    private static void Count(long events, string outcome, string system)
    {
        if (events > 0)
            Events.Add(events, Outcome(outcome), Source(system));
    }

    private static KeyValuePair<string, object?> Outcome(string outcome) => new("crmkpi.outcome", outcome);

    private static KeyValuePair<string, object?> Source(string system) => new("crmkpi.source", system);
}
