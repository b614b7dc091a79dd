using CrmKpi.Domain.Cube;
using CrmKpi.Hosting.Problems;
using CrmKpi.Query.Answers;

namespace CrmKpi.Query.AsOf;

/// <summary>What <see cref="PastCubes"/> may spend.</summary>
internal sealed record PastCubesOptions
{
    /// <summary>The most events folded for one answer.</summary>
    public long EventsMax { get; init; } = 500_000;

    /// <summary>The most builds at a time; each may hold the states of <see cref="EventsMax"/> events, about 700 bytes an event.</summary>
    public int BuildsMax { get; init; } = 2;
}

/// <summary>
/// Cubes as they were: folded from the log when asked for, the last ones kept. A build is shared by all who wait for it,
/// and stops when none is left.
/// </summary>
internal sealed class PastCubes(EventLog.EventLog log, AsOfResolver resolver, PastCubesOptions options)
{
    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(2);

    private readonly SnapshotShelf _shelf = new();
    private readonly Dictionary<PastKey, Build> _builds = [];
    private int _forgettings;

    /// <summary>Drops what is kept of a tenant (null = of all), and keeps nothing of a build that is under
    /// way.</summary>
    public void Forget(string? tenant)
    {
        Interlocked.Increment(ref _forgettings);
        _shelf.Forget(tenant);
    }

    /// <summary>The event that a point asked for stands for.</summary>
    public Task<ResolvedPoint> Resolve(string tenant, AsOfPoint asked, CancellationToken ct) =>
        resolver.Resolve(tenant, asked, ct);

    /// <summary>A snapshot of all measures as of a point in the tenant's log.</summary>
    /// <exception cref="ProblemException">Too many events to fold, or too many builds under way.</exception>
    public async Task<CubeSnapshot> Get(string tenant, AsOfPoint asked, CancellationToken ct) =>
        await Get(tenant, await Resolve(tenant, asked, ct), ct);

    /// <summary>The same of a point that was resolved.</summary>
    public async Task<CubeSnapshot> Get(string tenant, ResolvedPoint resolved, CancellationToken ct) =>
        (await Get(tenant, resolved, facts: false, ct)).Snapshot;

    /// <summary>The same with the facts. Too large to be kept, they are folded anew for each who asks.</summary>
    public async Task<(CubeSnapshot Snapshot, PastFacts Facts)> GetWithFacts(
        string tenant, ResolvedPoint resolved, CancellationToken ct)
    {
        var view = await Get(tenant, resolved, facts: true, ct);
        return (view.Snapshot, view.Facts!);
    }

    private async Task<PastView> Get(string tenant, ResolvedPoint resolved, bool facts, CancellationToken ct)
    {
        var (point, position) = resolved;
        if (position is null)
            return new PastView(AnswerService.Empty(tenant) with { AsOf = point }, PastFacts.None);
        if (position.Sequence > options.EventsMax)
            throw new ProblemException(TooLong(position.Sequence));
        var key = new PastKey(tenant, position.Sequence, position.EventId, facts);
        var view = _shelf.Find(key with { Facts = true }) ?? (facts ? null : _shelf.Find(key)) ?? await Join(key, ct);
        return view with { Snapshot = view.Snapshot with { AsOf = point } };
    }

    private async Task<PastView> Join(PastKey key, CancellationToken ct)
    {
        Build? build;
        lock (_builds)
        {
            if (_builds.TryGetValue(key, out build) ? build.Waiting == 0 : !HasRoomFor(key.Tenant))
                throw new ProblemException(Busy());
            if (build is null)
                _builds.Add(key, build = new Build());
            build.Waiting++;
            build.Result ??= Task.Run(() => Run(key, build.Stop.Token), CancellationToken.None);
        }
        try
        {
            return await build.Result.WaitAsync(ct);
        }
        finally
        {
            bool isLast;
            lock (_builds)
                isLast = --build.Waiting == 0;
            if (isLast)
                await build.Stop.CancelAsync();
        }
    }

    /// <summary>The last place is not for a tenant that has one: it would keep all others out.</summary>
    private bool HasRoomFor(string tenant) =>
        _builds.Count < options.BuildsMax
        && (options.BuildsMax == 1 || _builds.Keys.Count(held => held.Tenant == tenant) < options.BuildsMax - 1);

    private async Task<PastView> Run(PastKey key, CancellationToken stop)
    {
        try
        {
            var forgettings = Volatile.Read(ref _forgettings);
            var view = await PastFold.Run(log, key, stop);
            // What was read before somebody was forgotten is answered to who asked before, and not kept.
            if (forgettings == Volatile.Read(ref _forgettings))
                _shelf.Keep(key, view);
            return view;
        }
        finally
        {
            lock (_builds)
                _builds.Remove(key);
        }
    }

    private Problem TooLong(long events) => new(
        StatusCodes.Status422UnprocessableEntity, "as_of_too_long",
        $"The log has {events} events up to there; at most {options.EventsMax} are folded for one answer. "
        + $"Ask for an earlier '{AsOfPoint.Name}', or leave it out for what is known now.")
    {
        Parameter = AsOfPoint.Name,
    };

    private Problem Busy() => new(
        StatusCodes.Status503ServiceUnavailable, "as_of_busy",
        $"{options.BuildsMax} answers as of a point in the past are being computed; try again in a moment.")
    {
        RetryAfter = BusyRetryAfter,
    };

    private sealed class Build
    {
        public CancellationTokenSource Stop { get; } = new();
        public Task<PastView>? Result;

        /// <summary>0 once everybody has gone: it is being stopped.</summary>
        public int Waiting;
    }
}
