using CrmKpi.Domain.Events;
using CrmKpi.EventLog;
using CrmKpi.Ingestion.Events;
using CrmKpi.Ingestion.Quotas;

namespace CrmKpi.Ingestion.Quarantined;

/// <summary>An event that stays in quarantine, with its newest reason.</summary>
internal sealed record KeptEvent(long Id, string Code, string Detail, string? Pointer);

/// <summary>What a retry did.</summary>
/// <param name="Next">Behind which id the next page begins; null when there is none.</param>
internal sealed record RetryResult(int Accepted, int Duplicates, IReadOnlyList<KeptEvent> Kept, long Sequence, long? Next);

/// <summary>
/// Tries refused events again under today's rules: 1. read them, 2. check them, 3. append the good ones, 4. take these out,
/// 5. note the new reason of the others. A crash between 3 and 4 leaves events that the next retry finds to be duplicates.
/// </summary>
internal sealed class QuarantineRetry(EventLog.EventLog log, Quarantine quarantine, QuotaGate quota, TimeProvider time)
{
    /// <summary>Events tried in one call, at most.</summary>
    public const int RetriedMax = 1_000;

    // A page of the largest events stays within a few hundred megabytes only if pages are small.
    private const int PageMax = 50;

    /// <summary>Tries these ids; ids that are not there (any more) are passed over.</summary>
    public async Task<RetryResult> Retry(string tenant, IReadOnlyCollection<long> ids, CancellationToken ct)
    {
        var outcome = new Outcome();
        foreach (var some in ids.Order().Chunk(PageMax))
        {
            var found = new List<QuarantinedEvent>();
            foreach (var id in some)
                found.AddRange((await quarantine.List(tenant, id - 1, 1, ct)).Where(e => e.Id == id));
            await Retry(tenant, found, outcome, ct);
        }
        return outcome.Result(next: null);
    }

    /// <summary>Tries the next events behind an id.</summary>
    public async Task<RetryResult> RetryAll(string tenant, long after, int limit, CancellationToken ct)
    {
        var outcome = new Outcome();
        var done = 0;
        while (done < limit)
        {
            var page = await quarantine.List(tenant, after, Math.Min(PageMax, limit - done), ct);
            if (page.Count == 0)
                return outcome.Result(next: null);
            await Retry(tenant, page, outcome, ct);
            done += page.Count;
            after = page[^1].Id;
        }
        return outcome.Result(after);
    }

    private async Task Retry(
        string tenant, IReadOnlyList<QuarantinedEvent> page, Outcome outcome, CancellationToken ct)
    {
        var good = new List<(long Id, NewEvent Event)>();
        foreach (var refused in page)
        {
            // 2. Check it. Of one that was cut only the head is here: sending it again is the only way.
            if (refused.IsCut)
            {
                outcome.Kept.Add(new KeptEvent(refused.Id, refused.Code, refused.Detail, refused.Pointer));
                continue;
            }
            var parsed = CloudEventParser.Parse(refused.Body, time.GetUtcNow());
            if (parsed.Event is { } e)
                good.Add((refused.Id, IntakeChunk.ToNew(e, null)));
            else
                await Keep(tenant, refused, parsed, outcome, ct);
        }
        if (good.Count == 0)
            return;
        // 3. Append.
        await quota.Check(tenant, ct);
        var result = await log.Append(tenant, [.. good.Select(g => g.Event)], null, ct);
        await quota.Took(tenant, result.Accepted, ct);
        outcome.Accepted += result.Accepted;
        outcome.Duplicates += result.Duplicates;
        outcome.Sequence = result.Sequence;
        // 4. Take out.
        await quarantine.Remove(tenant, [.. good.Select(g => g.Id)], ct);
    }

    // 5. Note the new reason.
    private async Task Keep(
        string tenant, QuarantinedEvent refused, ParsedEvent parsed, Outcome outcome, CancellationToken ct)
    {
        var (code, detail, pointer) = IntakeChunk.Summary(parsed.Problems);
        outcome.Kept.Add(new KeptEvent(refused.Id, code, detail, pointer));
        await quarantine.Update(tenant, refused with
        {
            Code = code,
            Detail = detail,
            Pointer = pointer,
        }, ct);
    }

    private sealed class Outcome
    {
        public int Accepted { get; set; }
        public int Duplicates { get; set; }
        public long Sequence { get; set; }
        public List<KeptEvent> Kept { get; } = [];

        public RetryResult Result(long? next) => new(Accepted, Duplicates, Kept, Sequence, next);
    }
}
