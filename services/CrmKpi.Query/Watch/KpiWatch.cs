using System.Diagnostics;
using System.Runtime.CompilerServices;
using CrmKpi.Domain.Cube;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Kpis;
using CrmKpi.ReadModels;
using Microsoft.Extensions.Options;

namespace CrmKpi.Query.Watch;

/// <summary>
/// The KPIs named, again on each change: 1. a place among the watchers, 2. the answer of now, 3. the answer again whenever the
/// tenant's cube has moved and the values are others. Whoever is slow gets the latest answer, never a queue of them.
/// </summary>
internal sealed class KpiWatch(
    TenantCubes cubes, TenantStore tenants, AnswerService answers, IOptions<WatchOptions> options,
    IHostApplicationLifetime lifetime, ILogger<KpiWatch> logger)
{
    private static readonly TimeSpan PlaceRetryAfter = TimeSpan.FromSeconds(10);

    private readonly Dictionary<TenantKey, TenantFeed> _feeds = [];
    private readonly TimeSpan _interval = TimeSpan.FromMilliseconds(options.Value.IntervalMilliseconds);
    private readonly TimeSpan _heartbeat = TimeSpan.FromSeconds(options.Value.HeartbeatSeconds);
    private int _watchers;

    /// <summary>How many watch now.</summary>
    public int Watchers => Volatile.Read(ref _watchers);

    /// <summary>
    /// Answers now and on each change, until the caller goes, the service stops (then it ends without an error), the tenant is gone
    /// or the caller may not watch any longer.
    /// </summary>
    /// <param name="request">What is asked: called for each answer, since the definitions of own KPIs change too.</param>
    /// <param name="seen">The last answer that the caller has got; it is not repeated.</param>
    /// <param name="revoked">Cancelled when the caller may not watch any longer.</param>
    /// <param name="ct">Cancelled when the caller has gone.</param>
    /// <returns>Answers; null in between as a sign of life, and at once when there is nothing new for the caller.</returns>
    /// <exception cref="ProblemException">Too many watchers, a wrong request, no such tenant any more, the key was revoked.</exception>
    public async IAsyncEnumerable<WatchedAnswer?> Watch(
        string tenant, Func<CancellationToken, ValueTask<KpiRequest>> request, WatchId? seen, CancellationToken revoked,
        [EnumeratorCancellation] CancellationToken ct)
    {
        // 1. A place.
        var feed = Enter(tenant);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, revoked, lifetime.ApplicationStopping);
        try
        {
            // 2. The answer of now; the tick is taken before, so that what moves meanwhile is seen in 3.
            var tick = feed.Tick;
            var first = await Answer(tenant, await request(ct), null, ct);
            var told = Told.Of(first);
            yield return seen?.Covers(first.Id) == true ? null : first;
            first = null;

            // 3. The next ones.
            for (var sent = Stopwatch.GetTimestamp(); ;)
            {
                var isBeat = !await NextTick(feed, tick, sent, stop.Token);
                if (lifetime.ApplicationStopping.IsCancellationRequested)
                    yield break;
                if (revoked.IsCancellationRequested)
                    throw new ProblemException(CallerLease.Problem);
                ct.ThrowIfCancellationRequested();
                if (isBeat)
                {
                    yield return null;
                    sent = Stopwatch.GetTimestamp();
                    continue;
                }
                tick = feed.Tick;
                if (tick.End is { } end)
                    throw end;
                var (snapshot, asked) = (tick.Snapshot ?? AnswerService.Empty(tenant), await request(ct));
                if (told.IsNewerThan(snapshot) || (told.IsOf(snapshot, answers.Today(snapshot)) && ReferenceEquals(told.Request, asked)))
                    continue;
                var next = await Answer(tenant, asked, snapshot, ct);
                var isNew = !told.Id.Covers(next.Id);
                told = Told.Of(next);
                if (!isNew)
                    continue;
                yield return next;
                sent = Stopwatch.GetTimestamp();
            }
        }
        finally
        {
            await Leave(tenant, feed);
        }
    }

    /// <summary>Waits for a tick after this one, and out the interval since the last answer; false when it is time for a heartbeat.</summary>
    private async Task<bool> NextTick(TenantFeed feed, FeedTick tick, long sent, CancellationToken stop)
    {
        if (feed.Tick == tick
            && await Task.WhenAny(tick.Next, Task.Delay(Rest(_heartbeat, sent), stop)) != tick.Next)
            return false;
        await Task.Delay(Rest(_interval, sent), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return true;
    }

    private static TimeSpan Rest(TimeSpan whole, long since) =>
        whole - Stopwatch.GetElapsedTime(since) is { Ticks: > 0 } rest ? rest : TimeSpan.Zero;

    private async ValueTask<WatchedAnswer> Answer(
        string tenant, KpiRequest request, CubeSnapshot? at, CancellationToken ct)
    {
        var snapshot = at is not null && request.Measures.All(m => at.Columns.ContainsKey(m.Id))
            ? at
            : await answers.Snapshot(tenant, request.Measures, 0, ct) ?? AnswerService.Empty(tenant);
        var today = answers.Today(snapshot);
        var answer = await answers.Answer(snapshot, today, request, ct);
        return new WatchedAnswer(snapshot, today, request, answer, WatchId.Of(snapshot, answer, request.Format));
    }

    private TenantFeed Enter(string tenant)
    {
        lock (_feeds)
        {
            if (_watchers >= options.Value.WatchersMax)
                throw new ProblemException(Full);
            if (!_feeds.TryGetValue(new TenantKey(tenant), out var feed))
                _feeds.Add(new TenantKey(tenant), feed = new TenantFeed(tenant, cubes, tenants, _interval, logger));
            if (feed.Watchers >= options.Value.TenantWatchersMax)
                throw new ProblemException(TooMany);
            feed.Watchers++;
            _watchers++;
            return feed;
        }
    }

    private ValueTask Leave(string tenant, TenantFeed feed)
    {
        lock (_feeds)
        {
            _watchers--;
            if (--feed.Watchers > 0)
                return ValueTask.CompletedTask;
            _feeds.Remove(new TenantKey(tenant));
        }
        return feed.DisposeAsync();
    }

    /// <summary>What the caller knows; without the snapshot, which must not be kept in memory for it.</summary>
    private sealed record Told(WatchId Id, int Generation, DateOnly Today, KpiRequest Request)
    {
        public static Told Of(WatchedAnswer answer) => new(answer.Id, answer.Snapshot.Generation, answer.Today, answer.Request);

        public bool IsNewerThan(CubeSnapshot snapshot) => snapshot.Generation == Generation && snapshot.Sequence < Id.Sequence;

        public bool IsOf(CubeSnapshot snapshot, DateOnly today) =>
            snapshot.Generation == Generation && snapshot.Sequence == Id.Sequence && today == Today;
    }

    private Problem TooMany => new(
        StatusCodes.Status429TooManyRequests, "too_many_watches",
        $"The tenant is watched {options.Value.TenantWatchersMax} times, the most that it may be. End a watch, or ask by "
        + "GET …/kpis with If-None-Match.")
    {
        RetryAfter = PlaceRetryAfter,
    };

    private Problem Full => new(
        StatusCodes.Status503ServiceUnavailable, "watches_full",
        $"The service has {options.Value.WatchersMax} watchers, the most that it takes; try again in a moment.")
    {
        RetryAfter = PlaceRetryAfter,
    };
}
