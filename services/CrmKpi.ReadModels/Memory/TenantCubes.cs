using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using CrmKpi.Domain.Cube;
using CrmKpi.Postgres;
using CrmKpi.ReadModels.Generations;
using CrmKpi.ReadModels.Memory;
using Npgsql;

namespace CrmKpi.ReadModels;

/// <summary>
/// The cubes of tenants in memory, measure by measure, within a byte budget; refreshed by the changes since the sequence
/// held; an idle tenant is dropped. A warm and current tenant costs no round trip: notifications say what is outdated, and
/// a probe in the background stands behind them.
/// </summary>
public sealed class TenantCubes : IAsyncDisposable
{
    /// <summary>Between two background refreshes of a busy tenant lie this many times the duration of one.</summary>
    private const int RefreshPause = 4;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SequencePoll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RefreshPauseMin = TimeSpan.FromMilliseconds(20);

    private readonly Database _database;
    private readonly TenantCubesOptions _options;
    private readonly CubeReader _reader;
    private readonly Dictionary<Database, CubeListener> _listeners;
    private readonly ConcurrentDictionary<TenantKey, TenantCube> _cubes = new();
    private readonly SemaphoreSlim _loads;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lazy<Task> _listening;
    private readonly Timer _sweeper;
    private readonly Meter _gauges;
    private Action<string?>? _forgotten;

    public TenantCubes(Database database, TenantCubesOptions? options = null)
    {
        _database = database;
        _options = options ?? new TenantCubesOptions();
        _reader = new CubeReader(database);
        _loads = new SemaphoreSlim(_options.LoadsMax, _options.LoadsMax);
        _listeners = database.All.ToDictionary(one => one, one => new CubeListener(
            one, tenant => { if (_cubes.TryGetValue(new TenantKey(tenant), out var cube)) cube.Notice(); }, Forget, OnConnected));
        _listening = new Lazy<Task>(() => Task.WhenAll(_listeners.Values.Select(
            listener => Task.Run(() => listener.Run(_stop.Token)))));
        _gauges = CubeTelemetry.Observe(() => Bytes, () => _cubes.Count);
        _sweeper = new Timer(_ => Sweep(), null, SweepInterval, SweepInterval);
    }

    /// <summary>Bytes held for all tenants.</summary>
    public long Bytes => _cubes.Values.Sum(cube => cube.Bytes);

    /// <summary>
    /// A snapshot with at least these measures, no older than the committed read model at the time of the call (within
    /// the refresh interval) and not before <paramref name="minSequence"/>; null when the tenant has no read model yet.
    /// </summary>
    /// <exception cref="TimeoutException">The read model did not reach <paramref name="minSequence"/> in time.</exception>
    public ValueTask<CubeSnapshot?> Get(
        string tenant, IReadOnlyCollection<Measure> measures, long minSequence = 0, CancellationToken ct = default)
    {
        var cube = Used(tenant);
        var now = Volatile.Read(ref cube.UsedAt);
        if (cube.Covering(measures, minSequence) is not { } held)
            return new ValueTask<CubeSnapshot?>(Load(cube, measures, minSequence, ct));

        var age = Stopwatch.GetElapsedTime(Volatile.Read(ref cube.CheckedAt), now);
        var (soon, latest) = Ages(cube);
        if (age > latest)
            return new ValueTask<CubeSnapshot?>(Load(cube, measures, minSequence, ct));
        if (age > soon && Interlocked.Exchange(ref cube.Refreshing, 1) == 0)
            _ = RefreshBehind(cube);
        return new ValueTask<CubeSnapshot?>(held);
    }

    /// <summary>
    /// As <see cref="Get"/>, but never older than the committed read model at the time of the call: for those who follow a tenant
    /// and have been told by <see cref="Moved"/>.
    /// </summary>
    public Task<CubeSnapshot?> GetNewest(string tenant, IReadOnlyCollection<Measure> measures, CancellationToken ct = default)
    {
        var cube = Used(tenant);
        return Refresh(cube, measures, 0, Stopwatch.GetTimestamp(), ct);
    }

    /// <summary>
    /// Completes when the tenant's cube may have moved since this call: with a notification, or when it is time to look whether one
    /// was lost. Whoever follows a tenant calls it before <see cref="GetNewest"/> and waits for it after.
    /// </summary>
    public Task Moved(string tenant, CancellationToken ct = default) =>
        Task.WhenAny(
            Used(tenant).News,
            Task.Delay(IsHearing(tenant) ? _options.ProbeInterval : _options.RefreshInterval, ct));

    /// <summary>
    /// Calls back when nothing of a tenant that was read before may stay in memory (null = of any): it was deleted, or
    /// somebody was forgotten. From any thread.
    /// </summary>
    public void WhenForgotten(Action<string?> drop)
    {
        _forgotten += drop;
        _ = _listening.Value;
    }

    /// <summary>Where the tenant's projection stands; null for a tenant without one.</summary>
    public Task<ProjectionStatus?> Status(string tenant, CancellationToken ct = default) =>
        new GenerationStore(_database).Status(tenant, ct);

    public async ValueTask DisposeAsync()
    {
        _gauges.Dispose();
        await _stop.CancelAsync();
        await _sweeper.DisposeAsync();
        if (_listening.IsValueCreated)
            await _listening.Value;
        _stop.Dispose();
    }

    private TenantCube Used(string tenant)
    {
        _ = _listening.Value;
        var cube = _cubes.GetOrAdd(new TenantKey(tenant), static key => new TenantCube(key.Tenant));
        Volatile.Write(ref cube.UsedAt, Stopwatch.GetTimestamp());
        return cube;
    }

    private bool IsHearing(string tenant) => _listeners[_database.Home(tenant)].IsHearing;

    /// <summary>From which age a snapshot is refreshed in the background, and from which it is not served any more.</summary>
    private (TimeSpan Soon, TimeSpan Latest) Ages(TenantCube cube)
    {
        if (IsHearing(cube.Tenant) && !cube.IsOutdated)
            return (_options.ProbeInterval / 2, _options.ProbeInterval);
        var pause = Stopwatch.GetElapsedTime(0, Volatile.Read(ref cube.RefreshTicks)) * RefreshPause;
        var soon = pause > RefreshPauseMin ? pause : RefreshPauseMin;
        return (soon, soon * 2 > _options.RefreshInterval ? soon * 2 : _options.RefreshInterval);
    }

    private async Task<CubeSnapshot?> Load(
        TenantCube cube, IReadOnlyCollection<Measure> measures, long minSequence, CancellationToken ct)
    {
        var asked = Stopwatch.GetTimestamp();
        while (true)
        {
            var news = cube.News;
            var snapshot = await Refresh(cube, measures, minSequence, Stopwatch.GetTimestamp(), ct);
            if (minSequence == 0 || snapshot?.Sequence >= minSequence)
                return snapshot;
            if (Stopwatch.GetElapsedTime(asked) > _options.SequenceWaitMax)
                throw new TimeoutException(
                    $"The read model of tenant '{cube.Tenant}' is at sequence {snapshot?.Sequence ?? 0} and did not reach "
                    + $"{minSequence} within {_options.SequenceWaitMax.TotalSeconds:0.#} s. Ask again later.");
            await Task.WhenAny(news, Task.Delay(SequencePoll, ct));
            ct.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Loads unless somebody else has done it since <paramref name="asked"/>.</summary>
    private async Task<CubeSnapshot?> Refresh(
        TenantCube cube, IReadOnlyCollection<Measure> measures, long minSequence, long asked, CancellationToken ct)
    {
        await cube.Gate.WaitAsync(ct);
        try
        {
            if (cube.CheckedAt >= asked && cube.Covering(measures, minSequence) is { } held)
                return held;
            await _loads.WaitAsync(ct);
            try
            {
                var began = Stopwatch.GetTimestamp();
                using var span = CubeTelemetry.Refreshes(cube.Tenant);
                var snapshot = await _reader.Read(cube.Tenant, cube.Snapshot, measures, ct);
                CubeTelemetry.Refreshed(span, snapshot?.Sequence, began);
                cube.Snapshot = snapshot;
                cube.RefreshTicks = Stopwatch.GetTimestamp() - began;
                Volatile.Write(ref cube.CheckedAt, began);
                KeepBudget(cube, measures);
                return snapshot;
            }
            finally
            {
                _loads.Release();
            }
        }
        finally
        {
            cube.Gate.Release();
        }
    }

    private async Task RefreshBehind(TenantCube cube)
    {
        try
        {
            await Refresh(cube, [], 0, Stopwatch.GetTimestamp(), _stop.Token);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or TimeoutException or IOException
            or ObjectDisposedException)
        {
            // Whoever asks next meets the same error, unless it has passed.
        }
        finally
        {
            Volatile.Write(ref cube.Refreshing, 0);
        }
    }

    /// <summary>
    /// Drops the tenants that were asked for longest ago; if the one just loaded is too large for the budget alone, it
    /// keeps the measures asked for.
    /// </summary>
    private void KeepBudget(TenantCube loaded, IReadOnlyCollection<Measure> measures)
    {
        var excess = Bytes - _options.BytesMax;
        if (excess <= 0)
            return;
        foreach (var cube in _cubes.Values.Where(cube => cube != loaded).OrderBy(cube => cube.UsedAt))
        {
            excess -= Drop(cube);
            if (excess <= 0)
                return;
        }
        if (loaded.Snapshot is { } held && measures.Count > 0)
            loaded.Snapshot = held.Only(measures);
    }

    private long Drop(TenantCube cube)
    {
        var bytes = cube.Bytes;
        cube.Snapshot = null;
        _cubes.TryRemove(new KeyValuePair<TenantKey, TenantCube>(new TenantKey(cube.Tenant), cube));
        // Who waits for its news would wait in vain.
        cube.Notice();
        return bytes;
    }

    private void Forget(string tenant)
    {
        if (_cubes.TryGetValue(new TenantKey(tenant), out var cube))
        {
            Drop(cube);
            cube.Notice();
        }
        _forgotten?.Invoke(tenant);
    }

    private void Sweep()
    {
        foreach (var cube in _cubes.Values)
            if (Stopwatch.GetElapsedTime(Volatile.Read(ref cube.UsedAt)) > _options.IdleAfter)
                Drop(cube);
    }

    /// <summary>
    /// After a lost connection nothing that is held can be trusted: the server may have come back from a backup, with other
    /// ids of dimension sets. At first it is enough to look again.
    /// </summary>
    private void OnConnected(bool again)
    {
        foreach (var cube in _cubes.Values)
            if (again)
                Drop(cube);
            else
                cube.Notice();
        if (again)
            _forgotten?.Invoke(null);
    }
}
