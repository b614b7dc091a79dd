namespace CrmKpi.EventLog.Append;

/// <summary>What the database said about a group under the tenant's lock.</summary>
/// <param name="Head">The tenant's last sequence.</param>
/// <param name="RecordedAt">The time of this transaction (UTC).</param>
/// <param name="Stored">Sequences of those of the group's ids that the log has.</param>
/// <param name="Versions">Versions of those of the group's streams that exist.</param>
internal sealed record LogState(
    long Head, DateTime RecordedAt, IReadOnlyDictionary<Guid, long> Stored, IReadOnlyDictionary<string, long> Versions);

/// <summary>An event that will be written.</summary>
internal readonly record struct PlannedRow(AppendRequest Request, int Index, long Sequence, long Version)
{
    public NewEvent Event => Request.Events[Index];
    public Guid Id => Request.Ids[Index];
}

/// <summary>How a request ends when the transaction commits.</summary>
internal readonly record struct Outcome(int Accepted, int Duplicates, VersionConflictException? Conflict);

/// <summary>
/// Decides, purely, what a group of requests writes: drops duplicates, numbers the rest without gaps, keeps requests in order, and
/// leaves out a request whose expected version is not met.
/// </summary>
internal sealed class AppendPlan
{
    private readonly Dictionary<string, long> _moved = new(StringComparer.Ordinal);
    private readonly HashSet<Guid> _taken = [];
    private readonly List<PlannedRow> _rows = [];
    private readonly Outcome[] _outcomes;

    private AppendPlan(int requests) => _outcomes = new Outcome[requests];

    /// <summary>The rows to write, by sequence.</summary>
    public IReadOnlyList<PlannedRow> Rows => _rows;

    /// <summary>The streams that move, with their new version.</summary>
    public IReadOnlyDictionary<string, long> MovedStreams => _moved;

    /// <summary>One for each request of the group.</summary>
    public IReadOnlyList<Outcome> Outcomes => _outcomes;

    /// <param name="inDoubt">
    /// Sequences that an earlier try gave to ids before its connection broke during the commit: an id stored under that very sequence
    /// was written by that try, and is new, not a duplicate.
    /// </param>
    public static AppendPlan Make(
        IReadOnlyList<AppendRequest> group, LogState state, IReadOnlyDictionary<Guid, long> inDoubt)
    {
        var plan = new AppendPlan(group.Count);
        for (var i = 0; i < group.Count; i++)
            plan._outcomes[i] = plan.Take(group[i], state, inDoubt);
        return plan;
    }

    private Outcome Take(AppendRequest request, LogState state, IReadOnlyDictionary<Guid, long> inDoubt)
    {
        var fresh = new List<int>(request.Events.Count);
        var rescued = 0;
        var inRequest = new HashSet<Guid>();
        for (var i = 0; i < request.Events.Count; i++)
        {
            var id = request.Ids[i];
            if (!inRequest.Add(id) || _taken.Contains(id))
                continue;
            if (!state.Stored.TryGetValue(id, out var sequence))
                fresh.Add(i);
            else if (inDoubt.TryGetValue(id, out var given) && given == sequence)
                rescued++;
        }

        // A request that is stored already is repeated, not in conflict: its own success moved the version.
        if (request.Expected is { } expected && (fresh.Count > 0 || request.Events.Count == 0))
        {
            var version = Version(expected.StreamId, state);
            if (version != expected.Version)
                return new Outcome(0, 0, new VersionConflictException(expected.StreamId, expected.Version, version));
        }

        foreach (var i in fresh)
        {
            var stream = request.Events[i].StreamId;
            var version = Version(stream, state) + 1;
            _moved[stream] = version;
            _taken.Add(request.Ids[i]);
            _rows.Add(new PlannedRow(request, i, state.Head + _rows.Count + 1, version));
        }
        var accepted = fresh.Count + rescued;
        return new Outcome(accepted, request.Events.Count - accepted, null);
    }

    private long Version(string stream, LogState state) =>
        _moved.TryGetValue(stream, out var moved) ? moved : state.Versions.GetValueOrDefault(stream);
}
