namespace CrmKpi.EventLog.Append;

/// <summary>What the database said about a group under the tenant's lock.</summary>
/// <param name="Head">The tenant's last sequence.</param>
/// <param name="RecordedAt">The time of this transaction (UTC).</param>
/// <param name="Stored">Sequences of those of the group's ids that the log has.</param>
/// <param name="Versions">Versions of those streams that exist, of those that a request expects at a version.</param>
internal sealed record LogState(
    long Head, DateTime RecordedAt, IReadOnlyDictionary<Guid, long> Stored, IReadOnlyDictionary<string, long> Versions);

/// <summary>An event that will be written.</summary>
/// <param name="Stream">Index in <see cref="AppendPlan.Streams"/>.</param>
/// <param name="Nth">Its place among the plan's events of that stream, from 1.</param>
internal readonly record struct PlannedRow(AppendRequest Request, int Index, long Sequence, int Stream, int Nth)
{
    public NewEvent Event => Request.Events[Index];
    public Guid Id => Request.Ids[Index];
}

/// <summary>How a request ends when the transaction commits.</summary>
internal readonly record struct Outcome(int Accepted, int Duplicates, VersionConflictException? Conflict);

/// <summary>
/// Decides, purely, what a group of requests writes: drops duplicates, numbers the rest without gaps, keeps requests in
/// order, and leaves out a request whose expected version is not met.
/// </summary>
internal sealed class AppendPlan
{
    private static readonly Dictionary<Guid, long> NothingInDoubt = [];

    private readonly LogState _state;
    private readonly IReadOnlyDictionary<Guid, long> _inDoubt;
    private readonly HashSet<Guid> _taken;
    private readonly Dictionary<string, int> _streamNumbers = new(StringComparer.Ordinal);
    private readonly List<string> _streams = [];
    private readonly List<long> _counts = [];
    private readonly List<PlannedRow> _rows;
    private readonly List<Outcome> _outcomes = [];

    private AppendPlan(LogState state, IReadOnlyDictionary<Guid, long> inDoubt, int events)
    {
        _state = state;
        _inDoubt = inDoubt;
        _taken = new HashSet<Guid>(events);
        _rows = new List<PlannedRow>(events);
    }

    /// <summary>The rows to write, by sequence.</summary>
    public IReadOnlyList<PlannedRow> Rows => _rows;

    /// <summary>The streams that move.</summary>
    public IReadOnlyList<string> Streams => _streams;

    /// <summary>By how many events each of <see cref="Streams"/> moves.</summary>
    public IReadOnlyList<long> Counts => _counts;

    /// <summary>Whether the log had some of the group's events already.</summary>
    public bool FoundStored => _state.Stored.Count > 0;

    /// <summary>One for each request of the group.</summary>
    public IReadOnlyList<Outcome> Outcomes => _outcomes;

    /// <param name="inDoubt">
    /// Sequences that an earlier try gave to ids before its connection broke during the commit: an id stored under that
    /// very sequence was written by that try, and is new, not a duplicate.
    /// </param>
    public static AppendPlan Make(
        IReadOnlyList<AppendRequest> group, LogState state, IReadOnlyDictionary<Guid, long>? inDoubt = null)
    {
        var plan = new AppendPlan(state, inDoubt ?? NothingInDoubt, group.Sum(request => request.Events.Count));
        foreach (var request in group)
            plan._outcomes.Add(plan.Take(request));
        return plan;
    }

    /// <summary>The number of a stream of the plan.</summary>
    public int StreamNumber(string stream) => _streamNumbers[stream];

    private Outcome Take(AppendRequest request)
    {
        var fresh = new List<int>(request.Events.Count);
        var rescued = 0;
        for (var i = 0; i < request.Events.Count; i++)
        {
            var id = request.Ids[i];
            if (!_taken.Add(id))
                continue;
            if (!_state.Stored.TryGetValue(id, out var sequence))
                fresh.Add(i);
            else if (_inDoubt.TryGetValue(id, out var given) && given == sequence)
                rescued++;
        }

        if (Conflict(request, fresh.Count) is { } conflict)
        {
            foreach (var i in fresh)
                _taken.Remove(request.Ids[i]);
            return new Outcome(0, 0, conflict);
        }
        foreach (var i in fresh)
            Write(request, i);
        var accepted = fresh.Count + rescued;
        return new Outcome(accepted, request.Events.Count - accepted, null);
    }

    /// <summary>
    /// A request that is stored already is repeated, not in conflict: its own success moved the version.
    /// </summary>
    private VersionConflictException? Conflict(AppendRequest request, int fresh)
    {
        if (request.Expected is not { } expected || (fresh == 0 && request.Events.Count > 0))
            return null;
        var version = _state.Versions.GetValueOrDefault(expected.StreamId);
        if (_streamNumbers.TryGetValue(expected.StreamId, out var number))
            version += _counts[number];
        return version == expected.Version
            ? null
            : new VersionConflictException(expected.StreamId, expected.Version, version);
    }

    private void Write(AppendRequest request, int index)
    {
        var stream = request.Events[index].StreamId;
        if (!_streamNumbers.TryGetValue(stream, out var number))
        {
            number = _streams.Count;
            _streamNumbers.Add(stream, number);
            _streams.Add(stream);
            _counts.Add(0);
        }
        _counts[number]++;
        _rows.Add(new PlannedRow(request, index, _state.Head + _rows.Count + 1, number, (int)_counts[number]));
    }
}
