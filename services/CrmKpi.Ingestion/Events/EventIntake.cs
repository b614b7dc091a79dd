using System.Diagnostics;
using System.Globalization;
using CrmKpi.Domain.Events;
using CrmKpi.EventLog;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Problems;
using CrmKpi.Ingestion.Quotas;
using Microsoft.Extensions.Options;

namespace CrmKpi.Ingestion.Events;

/// <summary>
/// Takes the events of a request in: 1. what is it and is there room for it, 2. cut it into events, 3. check each, 4. append
/// the good ones and 5. put the others into quarantine, both before the answer.
/// </summary>
internal sealed class EventIntake(
    EventLog.EventLog log, Quarantine quarantine, IntakeBudget budget, QuotaGate quota, IOptions<IngestionOptions> options,
    TimeProvider time)
{
    private const int OneBytesMax = CloudEventParser.EventBytesMax;
    private const int FirstChunkBytes = 64 * 1024;
    private const int LeaseBytesMin = 4 * 1024;

    private readonly IngestionOptions _options = options.Value;

    /// <summary>Returns what became of the events when all of that is durable.</summary>
    /// <param name="lease">Nothing more is read when it has ended; what was appended before stays.</param>
    public async Task<IntakeTally> Take(HttpRequest request, string tenant, CallerLease lease, CancellationToken ct)
    {
        // 1. What is it, and is there room for it?
        var (framing, gzip) = MediaTypes.Read(request);
        var expected = ExpectedVersion(request, framing);
        int? bytesMax = framing switch
        {
            EventFraming.One => OneBytesMax,
            EventFraming.Batch => _options.BatchBytesMax,
            _ => null,
        };
        var body = RequestBody.Open(request, gzip, bytesMax);
        using var room = budget.Take(tenant, bytesMax is { } max
            ? Math.Clamp(gzip ? max : request.ContentLength ?? max, LeaseBytesMin, max)
            : 2L * (_options.ChunkBytesMax + OneBytesMax));

        var tally = new IntakeTally();
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(ct, lease.Ended);
        if (bytesMax is { } limit)
        {
            var chunk = new IntakeChunk((int)Math.Clamp(request.ContentLength ?? 0, LeaseBytesMin, limit));
            await RequestBody.ReadAll(body, chunk.Buffer, limit, reading.Token);
            lease.ThrowIfEnded();
            await TakeWhole(tenant, chunk, framing, expected, tally, ct);
            chunk.Recycle();
        }
        else
        {
            var lines = new LineReader(
                body, _options.ChunkEventsMax, _options.ChunkBytesMax,
                TimeSpan.FromMilliseconds(_options.IdleMillisecondsMax));
            await TakeLines(tenant, lines, tally, lease, reading.Token, ct);
        }
        if (tally.Sequence == 0)
            tally.Head(await log.Head(tenant, ct));
        return tally;
    }

    /// <summary>Takes events in that are cut already and for which there is room: from step 3 on, in one transaction.</summary>
    /// <param name="expected">The version that the one stream of all of them must have.</param>
    public async Task<IntakeTally> Take(string tenant, IntakeChunk chunk, GuardedVersion? expected, CancellationToken ct)
    {
        var tally = new IntakeTally();
        await Check(tenant, chunk, expected, tally, ct);
        if (tally.Sequence == 0)
            tally.Head(await log.Head(tenant, ct));
        return tally;
    }

    // A single event or a batch: one transaction.
    private async Task TakeWhole(
        string tenant, IntakeChunk chunk, EventFraming framing, GuardedVersion? expected, IntakeTally tally, CancellationToken ct)
    {
        // 2. Cut it.
        var text = chunk.Buffer.Memory.Span;
        if (text.Trim(" \t\r\n"u8).IsEmpty)
            throw Empty();
        if (framing == EventFraming.Batch)
        {
            BatchSplitter.Split(chunk);
            if (chunk.Count > AppendLimits.RequestEventsMax)
                throw TooMany(chunk.Count);
        }
        else
        {
            var start = text.StartsWith("\uFEFF"u8) ? 3 : 0;
            chunk.Add(0, start, text.Length - start, text.Length - start);
        }
        await Check(tenant, chunk, expected, tally, ct);
    }

    private Task Check(string tenant, IntakeChunk chunk, GuardedVersion? expected, IntakeTally tally, CancellationToken ct)
    {
        // 3. Check it.
        chunk.Parse(time.GetUtcNow(), TraceParent());
        return Store(tenant, chunk, expected is { } guarded ? Guard(chunk, guarded) : null, tally, ct);
    }

    // A stream of any length: while one chunk is being appended the next is read and checked.
    private async Task TakeLines(
        string tenant, LineReader lines, IntakeTally tally, CallerLease lease, CancellationToken reading, CancellationToken ct)
    {
        var storing = Task.CompletedTask;
        IntakeChunk? stored = null;
        try
        {
            while (!lines.IsCompleted)
            {
                // 2. Cut it.
                var chunk = new IntakeChunk(stored?.Bytes ?? FirstChunkBytes);
                await lines.Fill(chunk, reading);
                // 3. Check it.
                chunk.Parse(time.GetUtcNow(), TraceParent());
                await storing;
                stored?.Recycle();
                stored = chunk;
                storing = Store(tenant, chunk, null, tally, ct);
            }
            await storing;
            stored?.Recycle();
        }
        catch (Exception e)
        {
            // The chunk under way ends before the answer, so that the counts of the answer are true.
            await storing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await lines.Abandon();
            if ((lease.ProblemOf(e) ?? KnownProblems.Of(e)) is not { } problem)
                throw;
            throw new ProblemException(problem with
            {
                Detail = $"{problem.Detail} The counts say what is stored already; sending all of it again counts nothing twice.",
                Members = json =>
                {
                    problem.Members?.Invoke(json);
                    tally.WriteMembers(json);
                },
            });
        }
        if (tally.IsEmpty)
            throw Empty();
    }

    private async Task Store(
        string tenant, IntakeChunk chunk, ExpectedVersion? expected, IntakeTally tally, CancellationToken ct)
    {
        // 4. Append the good ones; under an expected version all or none.
        if (chunk.Events.Count > 0)
            await quota.Check(tenant, ct);
        while (chunk.Events.Count > 0 && (expected is null || chunk.Refused.Count == 0))
        {
            try
            {
                var result = await log.Append(tenant, chunk.Events, expected, ct);
                tally.Append(result.Accepted, result.Duplicates, result.Sequence);
                IntakeTelemetry.Appended(chunk.Events, result);
                await quota.Took(tenant, result.Accepted, ct);
                break;
            }
            catch (EventRefusedException e) when (e.Index >= 0)
            {
                // Nothing was appended: the others try again without it.
                chunk.TakeOut(e.Index, e.Detail, time.GetUtcNow());
            }
        }
        // 5. Put the others into quarantine.
        if (chunk.Refused.Count == 0)
            return;
        await quarantine.Add(tenant, chunk.Refused, ct);
        IntakeTelemetry.Quarantined(chunk.Refused);
        foreach (var rejected in chunk.Rejected)
            tally.Reject(rejected);
    }

    private static ExpectedVersion? Guard(IntakeChunk chunk, GuardedVersion guarded)
    {
        if (chunk.Events.Count == 0)
            return null;
        var stream = chunk.Events[0].StreamId;
        if (chunk.Events.FirstOrDefault(e => e.StreamId != stream) is { } other)
            throw new ProblemException(KnownProblems.BadParameter(guarded.Parameter,
                $"An expected version is of one stream, but the events are of '{stream}' and '{other.StreamId}'."));
        return new ExpectedVersion(stream, guarded.Version);
    }

    private static GuardedVersion? ExpectedVersion(HttpRequest request, EventFraming framing)
    {
        const string Name = "expectedVersion";
        if (!request.Query.TryGetValue(Name, out var text))
            return null;
        if (framing == EventFraming.Lines)
            throw new ProblemException(KnownProblems.BadParameter(Name,
                $"{MediaTypes.Lines} takes no expected version: it is appended chunk by chunk. Send a batch."));
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? new GuardedVersion(version, Name)
            : throw new ProblemException(KnownProblems.BadParameter(Name,
                "The expected version is a whole number from 0 (the stream does not exist)."));
    }

    private static ProblemException TooMany(int events) =>
        new(KnownProblems.OfStatus(StatusCodes.Status413PayloadTooLarge) with
        {
            Detail = $"A batch may have {AppendLimits.RequestEventsMax} events at most, not {events}; nothing of it was read in. " +
                $"Send {MediaTypes.Lines}, which may have any length.",
            Members = json => json.WriteNumber("eventsMax", AppendLimits.RequestEventsMax),
        });

    private static ProblemException Empty() =>
        new(new Problem(StatusCodes.Status400BadRequest, "empty_body", "The body holds no event."));

    private static string? TraceParent() =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null;
}

/// <summary>A version that the stream of a request's events must have.</summary>
/// <param name="Parameter">What the caller calls it.</param>
internal readonly record struct GuardedVersion(long Version, string Parameter);
