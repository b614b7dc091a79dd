using System.Diagnostics;
using System.Diagnostics.Metrics;
using CrmKpi.EventLog.Append;
using CrmKpi.Postgres;

namespace CrmKpi.EventLog;

/// <summary>What the event log tells of itself. Spans name the tenant; metrics never do.</summary>
internal static class LogTelemetry
{
    /// <summary>Source of spans and of metrics.</summary>
    public const string Name = "CrmKpi.EventLog";

    /// <summary>Requests of a group that its span links to; a picture with more tells nothing more.</summary>
    private const int LinksMax = 32;

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<long> BatchEvents = Meter.CreateHistogram<long>(
        "crmkpi.append.batch.events", "{event}", "Events written by a transaction of the log.");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "crmkpi.append.duration", "s", "From taking up a group of requests to its commit, retries included.");

    private static readonly UpDownCounter<long> WaitingBytes = Meter.CreateUpDownCounter<long>(
        "crmkpi.append.waiting", "By", "Data of events that wait for their transaction or are in it.");

    /// <summary>True when somebody wants the trace contexts of events.</summary>
    public static bool IsTraced => Source.HasListeners();

    /// <summary>
    /// The span of a transaction: below the first request that is traced, with links to the others that share it. Null when none is.
    /// </summary>
    public static Activity? StartGroup(string tenant, IReadOnlyList<AppendRequest> group)
    {
        if (!Source.HasListeners())
            return null;
        var contexts = group.Select(request => request.Trace).Where(trace => trace != default).Distinct().Take(LinksMax).ToArray();
        if (contexts.Length == 0)
            return null;
        return Source.StartActivity(
            ActivityKind.Internal, contexts[0], links: contexts.Skip(1).Select(context => new ActivityLink(context)),
            name: "append events",
            tags: [new(TenantKey.SpanAttribute, tenant), new("crmkpi.append.requests", group.Count)]);
    }

    /// <summary>A transaction has written.</summary>
    public static void Wrote(Activity? span, long events, long began)
    {
        span?.SetTag("crmkpi.append.events", events);
        BatchEvents.Record(events);
        Duration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>Data began, or ceased, to wait.</summary>
    public static void Waits(long bytes) => WaitingBytes.Add(bytes);
}
