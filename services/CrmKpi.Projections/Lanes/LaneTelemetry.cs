using System.Diagnostics;
using System.Diagnostics.Metrics;
using CrmKpi.Postgres;
using CrmKpi.ReadModels.Generations;

namespace CrmKpi.Projections.Lanes;

/// <summary>
/// What lanes tell of themselves. A batch holds events of many requests: its span stands in the trace of the one that it is of, or
/// in one of its own, with links both ways, so that the way of an event is one picture.
/// </summary>
internal static class LaneTelemetry
{
    /// <summary>Source of spans and of metrics.</summary>
    public const string Name = "CrmKpi.Projections";

    /// <summary>Requests whose traces show the batch that their events were in.</summary>
    public const int TracesMax = 16;

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<long> BatchEvents = Meter.CreateHistogram<long>(
        "crmkpi.lane.batch.events", "{event}", "Events of a batch that a lane has brought into read models.");

    private static readonly Histogram<double> BatchDuration = Meter.CreateHistogram<double>(
        "crmkpi.lane.batch.duration", "s", "From reading a batch to its commit.");

    private static readonly Counter<long> Failures = Meter.CreateCounter<long>(
        "crmkpi.lane.failures", "{failure}", "Batches that failed, by what that means.");

    /// <summary>Counts a failure.</summary>
    public static void Failed(FailureKind kind) => Count(kind, 1);

    /// <summary>The traced requests whose events a batch holds; none when nobody traces.</summary>
    public static async Task<ActivityContext[]> RequestsOf(
        EventLog.EventLog log, Generation generation, long through, CancellationToken ct)
    {
        // A build folds the past, whose traces are told already.
        if (!Source.HasListeners() || generation.Status != GenerationStatus.Live)
            return [];
        return (await log.TraceParents(generation.Tenant, generation.Sequence, through, TracesMax, ct))
            .Select(parent => ActivityContext.TryParse(parent, null, isRemote: true, out var context) ? context : default)
            .Where(context => context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded))
            .DistinctBy(context => context.TraceId)
            .ToArray();
    }

    /// <summary>Begins the span of a batch; null when none of its requests is traced.</summary>
    public static BatchSpan? Begin(ActivityContext[] requests, Generation generation, long through) =>
        requests.Length == 0 ? null : new BatchSpan(Source, requests, generation, through);

    /// <summary>A batch was committed.</summary>
    public static void Committed(long events, long began)
    {
        BatchEvents.Record(events);
        BatchDuration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>Registers the gauges of the lanes of a process over one database.</summary>
    public static Meter Observe(ProjectionLanes lanes)
    {
        // A kind that was never seen is 0, not unknown: the first failure is then an increase.
        foreach (var kind in Enum.GetValues<FailureKind>())
            Count(kind, 0);
        var meter = new Meter(Name);
        var of = new KeyValuePair<string, object?>(Database.Attribute, lanes.Database);
        meter.CreateObservableGauge(
            "crmkpi.lane.slots", () => new Measurement<int>(lanes.HeldSlots, of), "{slot}",
            "Slots of the 256 of a database that this process works on.");
        meter.CreateObservableGauge(
            "crmkpi.lane.poll.age", () => new Measurement<double>(lanes.PollAge.TotalSeconds, of), "s",
            "Time since this process last looked for tenants with work in a database.");
        return meter;
    }

    private static void Count(FailureKind kind, int failures) =>
        Failures.Add(failures, new KeyValuePair<string, object?>("crmkpi.failure.kind", kind switch
        {
            FailureKind.LaneLost => "lane_lost",
            FailureKind.Transient => "transient",
            _ => "deterministic",
        }));
}

/// <summary>The spans of one batch.</summary>
internal sealed class BatchSpan : IDisposable
{
    private const string SpanName = "project events";

    private readonly ActivitySource _source;
    private readonly ActivityContext[] _requests;
    private readonly Activity? _batch;

    public BatchSpan(ActivitySource source, ActivityContext[] requests, Generation generation, long through)
    {
        (_source, _requests) = (source, requests);
        var links = requests.Length == 1 ? null : requests.Select(request => new ActivityLink(request));
        // Nothing is the parent of a batch of several, whatever is current.
        Activity.Current = null;
        _batch = source.StartActivity(
            ActivityKind.Consumer, requests.Length == 1 ? requests[0] : default, links: links, name: SpanName,
            tags:
            [
                new(TenantKey.SpanAttribute, generation.Tenant), new("crmkpi.generation", generation.Number),
                new("crmkpi.sequence.after", generation.Sequence), new("crmkpi.sequence.through", through),
            ]);
    }

    /// <summary>Marks it as failed.</summary>
    public void Failed(Exception e) => _batch?.SetStatus(ActivityStatusCode.Error, e.GetType().Name);

    /// <summary>Ends it, and shows it in the trace of each request of several.</summary>
    public void Dispose()
    {
        _batch?.Dispose();
        if (_batch is null || _requests.Length == 1)
            return;
        foreach (var request in _requests)
            using (var shown = _source.StartActivity(
                ActivityKind.Consumer, request, links: [new ActivityLink(_batch.Context)], name: SpanName,
                tags: _batch.TagObjects, startTime: _batch.StartTimeUtc))
            {
                shown?.SetStatus(_batch.Status);
                shown?.SetEndTime(_batch.StartTimeUtc + _batch.Duration);
            }
    }
}
