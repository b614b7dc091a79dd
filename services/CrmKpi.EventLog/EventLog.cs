using CrmKpi.EventLog.Append;
using CrmKpi.EventLog.Notifications;
using CrmKpi.EventLog.Reading;
using CrmKpi.Postgres;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace CrmKpi.EventLog;

/// <summary>
/// The append-only log of all tenants, in Marten's storage format. One for a process: its requests share transactions. Each tenant's
/// part is in the database in which the tenant lives; heads and notifications of all tenants are those of one database.
/// </summary>
public sealed class EventLog : IAsyncDisposable
{
    private readonly Database _database;
    private readonly EventReader _reader;
    private readonly GroupCommit _appends;
    private readonly Dictionary<Database, Notifier> _notifiers;
    private readonly Listener _listener;

    public EventLog(Database database, ILogger<EventLog>? logger = null)
    {
        logger ??= NullLogger<EventLog>.Instance;
        _database = database;
        _reader = new EventReader(database);
        _notifiers = database.All.ToDictionary(one => one, one => new Notifier(one, logger));
        _listener = new Listener(database, logger);
        _appends = new GroupCommit(new GroupWriter(
            database, (home, tenant, head) => _notifiers[home].Moved(tenant, head), logger).Write);
    }

    /// <summary>How many groups of requests were written so far by this process.</summary>
    public long GroupsWritten => _appends.TransactionsDone;

    /// <summary>
    /// Appends in the order given, all or nothing; requests of one tenant that wait at the same time share a
    /// transaction, but each has its own result. Repeating a request is always safe: what is stored already counts as
    /// duplicate.
    /// </summary>
    /// <param name="expected">
    /// The version that a stream must have. A request whose events are all stored already is a success, not a conflict.
    /// </param>
    /// <param name="ct">
    /// Takes the request back while it waits; once it is being written its result is what counts.
    /// </param>
    /// <exception cref="ArgumentException">More than <see cref="AppendLimits.RequestEventsMax"/> events.</exception>
    /// <exception cref="EventRefusedException">An event that cannot be stored, with its index.</exception>
    /// <exception cref="VersionConflictException">The stream is at another version.</exception>
    /// <exception cref="UnknownTenantException">The tenant is not registered.</exception>
    /// <exception cref="TenantMovingException">The tenant is on its way to another database, for longer than a moment.</exception>
    /// <exception cref="OverloadedException">Too much is waiting.</exception>
    /// <exception cref="LogUnavailableException">The database was not reached for all retries.</exception>
    public async Task<AppendResult> Append(
        string tenant, IReadOnlyList<NewEvent> events, ExpectedVersion? expected = null, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        AppendCheck.Check(events);
        return await _appends.Enqueue(tenant, new AppendRequest(tenant, events, expected), ct);
    }

    /// <summary>The next events of a tenant after a sequence, at most <paramref name="max"/>, without gaps.</summary>
    /// <exception cref="LogCorruptException">The log has a gap.</exception>
    public Task<IReadOnlyList<StoredEvent>> Read(
        string tenant, long afterSequence, int max, CancellationToken ct = default) =>
        _reader.Read(tenant, afterSequence, max, long.MaxValue, ct);

    /// <summary>
    /// The same, ending with the event that brings the data to <paramref name="bytesMax"/> or beyond.
    /// </summary>
    /// <exception cref="LogCorruptException">The log has a gap.</exception>
    public Task<IReadOnlyList<StoredEvent>> Read(
        string tenant, long afterSequence, int max, long bytesMax, CancellationToken ct = default) =>
        _reader.Read(tenant, afterSequence, max, bytesMax, ct);

    /// <summary>
    /// The events after a sequence through another (or the end of the log), in pages; the next page is fetched while
    /// the caller works on the one it has. For reading millions.
    /// </summary>
    public IAsyncEnumerable<IReadOnlyList<StoredEvent>> Pages(
        string tenant, long afterSequence, long throughSequence = long.MaxValue, int pageSize = 5_000,
        CancellationToken ct = default) =>
        _reader.Pages(tenant, afterSequence, throughSequence, pageSize, ct);

    /// <summary>The events of one stream after a version.</summary>
    /// <exception cref="LogCorruptException">The stream has a gap.</exception>
    public Task<IReadOnlyList<StoredEvent>> ReadStream(
        string tenant, string streamId, long afterVersion, int max, CancellationToken ct = default) =>
        _reader.ReadStream(tenant, streamId, afterVersion, max, ct);

    /// <summary>
    /// The trace contexts (W3C) that events after a sequence through another were stored with: some different ones at most. None when
    /// nobody traces.
    /// </summary>
    public Task<IReadOnlyList<string>> TraceParents(
        string tenant, long afterSequence, long throughSequence, int max, CancellationToken ct = default) =>
        LogTelemetry.IsTraced
            ? _reader.TraceParents(tenant, afterSequence, throughSequence, max, ct)
            : Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>The tenant's last sequence; 0 when its log is empty.</summary>
    /// <exception cref="UnknownTenantException">The tenant is not registered.</exception>
    public async Task<long> Head(string tenant, CancellationToken ct = default)
    {
        var home = _database.Home(tenant);
        if (await Head(home, tenant, ct) is { } head)
            return head;
        return await _database.HasMoved(tenant, home, ct) && await Head(_database.Home(tenant), tenant, ct) is { } found
            ? found
            : throw new UnknownTenantException(tenant);
    }

    private static async Task<long?> Head(Database home, string tenant, CancellationToken ct)
    {
        await using var command = home.For(Scope.OfTenant(tenant)).Command(Texts.Head, tenant);
        return (long?)await command.ExecuteScalar(ct);
    }

    /// <summary>The event at a sequence; null when the log has none there.</summary>
    public Task<LogPosition?> Position(string tenant, long sequence, CancellationToken ct = default) =>
        _reader.Position(tenant, sequence, ct);

    /// <summary>The last event recorded at or before an instant, of those through a sequence; null when there is none.</summary>
    public Task<LogPosition?> PositionAt(
        string tenant, long throughSequence, DateTimeOffset instant, CancellationToken ct = default) =>
        _reader.PositionAt(tenant, throughSequence, instant, ct);

    /// <summary>
    /// Tenants by id after <paramref name="afterTenant"/> (null = from the first) with their last sequence. Only for a login
    /// above row-level security.
    /// </summary>
    public Task<IReadOnlyList<(string Tenant, long Sequence)>> Heads(
        string? afterTenant, int max, CancellationToken ct = default) =>
        ReadHeads(Texts.Heads, ct, new NpgsqlParameter<string> { TypedValue = afterTenant ?? "" },
            new NpgsqlParameter<int> { TypedValue = max });

    /// <summary>
    /// Tenants whose log has moved since a time of the database's clock. The time is taken before the commit: ask with
    /// a margin (a minute) to miss none, and look at all <see cref="Heads"/> now and then. Only for a login above row-level
    /// security.
    /// </summary>
    public Task<IReadOnlyList<(string Tenant, long Sequence)>> HeadsMovedSince(
        DateTimeOffset since, CancellationToken ct = default) =>
        ReadHeads(Texts.MovedHeads, ct, new NpgsqlParameter<DateTime> { TypedValue = since.UtcDateTime });

    /// <summary>
    /// Tenants whose log has moved, as they move: from NOTIFY, after a commit. A hint that can be lost; poll behind it.
    /// Reconnects by itself; ends when cancelled.
    /// </summary>
    public IAsyncEnumerable<(string Tenant, long Sequence)> Listen(CancellationToken ct = default) =>
        _listener.Listen(ct);

    /// <summary>Takes no more requests and waits for those that it has.</summary>
    public async ValueTask DisposeAsync()
    {
        await _appends.DisposeAsync();
        foreach (var notifier in _notifiers.Values)
            await notifier.DisposeAsync();
    }

    private async Task<IReadOnlyList<(string Tenant, long Sequence)>> ReadHeads(
        string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = _database.DataSource.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var heads = new List<(string, long)>();
        while (await reader.ReadAsync(ct))
            heads.Add((reader.GetString(0), reader.GetInt64(1)));
        return heads;
    }
}
