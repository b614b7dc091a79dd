using System.Diagnostics;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;
using CrmKpi.EventLog;
using CrmKpi.ReadModels.Generations;
using CrmKpi.ReadModels.Store;

namespace CrmKpi.Projections.Lanes;

/// <summary>
/// Brings one generation forward, a batch at a time:
/// <list type="number">
/// <item>begin at the checkpoint;</item>
/// <item>read the events after it, which must follow on it without a gap;</item>
/// <item>apply settings first: they hold for all of the past, hence for the whole batch;</item>
/// <item>fold: load the states that are asked for until nothing is missing;</item>
/// <item>save facts, cells and checkpoint in one transaction (<see cref="ProjectionStore.Save"/>);</item>
/// <item>after the commit, tell readers.</item>
/// </list>
/// An instance that has thrown is dropped, with all that it kept.
/// </summary>
internal sealed class GenerationLane(Generation generation, LaneServices services, DimensionDictionary dimensions)
{
    private const int SettingsPageMax = 1_000;

    private SettingsFold _settings = SettingsFold.Deserialize(generation.Settings);
    private readonly StateCache _states = new(fromStart: !generation.HasFacts);
    private long _eventBytes = 512;

    /// <summary>The generation as of the last commit.</summary>
    public Generation Generation { get; private set; } = generation;

    /// <summary>Roughly the bytes kept between batches.</summary>
    public long ApproximateBytes => _states.ApproximateBytes;

    /// <summary>True when the last batch started the build of another generation: the list has to be read again.</summary>
    public bool HasSuccessor { get; private set; }

    /// <summary>The types and sequences of the batch under way, for whoever reports a failure.</summary>
    public IReadOnlyList<StoredEvent> Batch { get; private set; } = [];

    /// <summary>Folds the next batch; answers how many events it had.</summary>
    /// <param name="upTo">The last event to take.</param>
    /// <param name="eventsMax">Events in the batch at most.</param>
    /// <param name="others">The tenant's other generations.</param>
    public async Task<int> Advance(long upTo, int eventsMax, IReadOnlyList<Generation> others, CancellationToken ct)
    {
        // 1. What was committed last is the checkpoint; step 5 fails if somebody else has moved it.
        var from = Generation.Sequence;
        var began = Stopwatch.GetTimestamp();
        Batch = [];

        // 2. The log ends the batch at the budget of bytes; the number keeps it from having to.
        var max = (int)Math.Clamp(
            services.Options.BatchBytesMax / _eventBytes, 1, Math.Min(eventsMax, upTo - from));
        Batch = await services.Log.Read(Generation.Tenant, from, max, services.Options.BatchBytesMax, ct);
        if (Batch.Count == 0)
            return 0;
        var requests = await LaneTelemetry.RequestsOf(services.Log, Generation, Batch[^1].Sequence, ct);
        using var span = LaneTelemetry.Begin(requests, Generation, Batch[^1].Sequence);
        try
        {
            await Commit(from, upTo, others, ct);
        }
        catch (Exception e)
        {
            span?.Failed(e);
            throw;
        }
        LaneTelemetry.Committed(Batch.Count, began);
        return Batch.Count;
    }

    private async Task Commit(long from, long upTo, IReadOnlyList<Generation> others, CancellationToken ct)
    {
        var facts = Check(from);

        // 3. Settings.
        var successor = from == 0 ? null : others.FirstOrDefault(other => other.Status == GenerationStatus.Building);
        var change = await ApplySettings(from, upTo, successor is not null, others, ct);

        // 4. Fold.
        var (changes, news) = facts.Length == 0 ? (null, NoKeys) : await Fold(facts, ct);

        // 5. Save.
        var commit = new BatchCommit(
            Generation, Batch[^1].Sequence, changes, news, _settings.Settings, change.New, change.Successor);
        Generation = await services.Store.Save(commit, dimensions, ct);
        HasSuccessor = change.Successor is not null;
        foreach (var state in changes?.Entities ?? [])
            _states.Put(state);
        _states.Trim(services.Options.CacheBytesMax / services.Options.WorkersMax);

        // 6. Tell.
        if (Generation.Status == GenerationStatus.Live)
            services.Notifier.Notify(Generation.Tenant, Generation.Number, Generation.Sequence);
    }

    private static readonly HashSet<EntityKey> NoKeys = [];

    /// <summary>Asserts that the batch follows on the checkpoint, and takes the facts out of it.</summary>
    private LogEvent[] Check(long from)
    {
        var facts = new List<LogEvent>(Batch.Count);
        var bytes = 0L;
        foreach (var stored in Batch)
        {
            if (stored.Sequence != ++from)
                throw new InvalidOperationException(
                    $"The log of tenant '{Generation.Tenant}' answered sequence {stored.Sequence} where {from} was due.");
            bytes += stored.Data.Length;
            var e = ToLogEvent(stored);
            if (!SettingsFold.Handles(e))
                facts.Add(e);
        }
        _eventBytes = Math.Max(64, bytes / Batch.Count);
        return [.. facts];
    }

    /// <summary>
    /// Applies the batch's settings. A setting that changes how facts already folded are counted is not applied: a
    /// successor is to be built with it, unless one is under way, which meets the event itself.
    /// </summary>
    private async Task<((byte[], string)? New, Successor? Successor)> ApplySettings(
        long from, long upTo, bool hasSuccessor, IReadOnlyList<Generation> others, CancellationToken ct)
    {
        var settings = _settings;
        var successor = false;
        var events = from == 0
            ? await ReadSettings(upTo, ct)
            : Batch.Select(ToLogEvent).Where(SettingsFold.Handles).ToList();
        var isFrozen = Generation.HasFacts;
        var countingKey = settings.Settings.CountingKey;
        foreach (var e in events)
        {
            var trial = SettingsFold.Deserialize(settings.Serialize());
            trial.Apply(e);
            if (isFrozen && trial.Settings.CountingKey != countingKey)
                successor = true;
            else
                settings = trial;
        }
        if (events.Count == 0 && from > 0)
            return (null, null);

        _settings = settings;
        var bytes = settings.Serialize();
        var key = settings.Settings.CountingKey;
        var changed = from == 0 || !bytes.AsSpan().SequenceEqual(Generation.Settings);
        return (changed ? (bytes, key) : null, Generation.Status switch
        {
            GenerationStatus.Live when successor && !hasSuccessor => NewSuccessor(
                others.Where(other => other.Status == GenerationStatus.Verifying)),
            GenerationStatus.Building when successor => NewSuccessor([Generation]),
            _ => null,
        });
    }

    /// <summary>
    /// All settings there are, for a generation that begins: it is then built once, under the newest. A recomputation to
    /// compare with takes those up to the sequence at which it compares.
    /// </summary>
    private async Task<List<LogEvent>> ReadSettings(long upTo, CancellationToken ct)
    {
        var events = new List<LogEvent>();
        for (var version = 0L; ;)
        {
            var page = await services.Log.ReadStream(
                Generation.Tenant, SettingsStream, version, SettingsPageMax, ct);
            events.AddRange(page
                .Where(stored => Generation.Status != GenerationStatus.Verifying || stored.Sequence <= upTo)
                .Select(ToLogEvent).Where(SettingsFold.Handles));
            if (page.Count < SettingsPageMax)
                return events;
            version = page[^1].Version;
        }
    }

    private const string SettingsStream = "tenant";

    private static Successor NewSuccessor(IEnumerable<Generation> retired)
    {
        var empty = new SettingsFold();
        return new Successor(
            Measures.RulesVersion, empty.Serialize(), empty.Settings.CountingKey, [.. retired.Select(g => g.Number)]);
    }

    private async Task<(BatchChanges Changes, HashSet<EntityKey> News)> Fold(LogEvent[] facts, CancellationToken ct)
    {
        var batch = new FoldBatch(_settings.Settings);
        batch.Add(facts);
        var news = new HashSet<EntityKey>();
        while (batch.Missing is { Count: > 0 } missing)
        {
            var keys = missing.ToArray();
            var absent = new List<EntityKey>();
            foreach (var key in keys)
                if (_states.TryGet(key, out var state))
                    batch.Load(key, state);
                else
                    absent.Add(key);
            if (absent.Count == 0)
                continue;
            var stored = _states.IsComplete
                ? NoStates
                : await services.Store.LoadStates(Generation.Tenant, Generation.Number, absent, ct);
            foreach (var key in absent)
            {
                if (stored.TryGetValue(key, out var state))
                    _states.Put(state);
                else
                    news.Add(key);
                batch.Load(key, state);
            }
        }
        return (batch.Complete(ct), news);
    }

    private static readonly Dictionary<EntityKey, EntityState> NoStates = [];

    private static LogEvent ToLogEvent(StoredEvent e) => new(
        e.Sequence, e.StreamId, e.Type, (e.OccurredAt.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond,
        e.Data);
}
