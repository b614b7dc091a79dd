#pragma warning disable CS9113
using CrmKpi.Postgres;

namespace CrmKpi.EventLog;

/// <summary>The append-only log of all tenants, in Marten's storage format.</summary>
public sealed class EventLog(Database database) : IAsyncDisposable
{
    /// <summary>Appends in the order given; requests of one tenant that wait at the same time share a transaction.</summary>
    public Task<AppendResult> Append(
        string tenant, IReadOnlyList<NewEvent> events, ExpectedVersion? expected = null, CancellationToken ct = default) =>
        throw new NotImplementedException();

    /// <summary>The next events of a tenant after a sequence, at most <paramref name="max"/>, without gaps.</summary>
    public Task<IReadOnlyList<StoredEvent>> Read(string tenant, long afterSequence, int max, CancellationToken ct = default) =>
        throw new NotImplementedException();

    /// <summary>The events of one stream after a version.</summary>
    public Task<IReadOnlyList<StoredEvent>> ReadStream(
        string tenant, string streamId, long afterVersion, int max, CancellationToken ct = default) =>
        throw new NotImplementedException();

    /// <summary>The tenant's last sequence.</summary>
    public Task<long> Head(string tenant, CancellationToken ct = default) => throw new NotImplementedException();

    /// <summary>
    /// Tenants whose log has moved, as they move: from NOTIFY, after a commit. A hint that can be lost; poll behind it.
    /// </summary>
    public IAsyncEnumerable<(string Tenant, long Sequence)> Listen(CancellationToken ct = default) =>
        throw new NotImplementedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Input that was refused, kept until it is retried or discarded. Bounded per tenant.</summary>
public sealed class Quarantine(Database database)
{
    public Task Add(string tenant, IReadOnlyList<QuarantinedEvent> events, CancellationToken ct = default) =>
        throw new NotImplementedException();

    public Task<IReadOnlyList<QuarantinedEvent>> List(
        string tenant, long afterId, int max, CancellationToken ct = default) => throw new NotImplementedException();

    /// <summary>Takes rows out after their retry succeeded.</summary>
    public Task Remove(string tenant, IReadOnlyList<long> ids, CancellationToken ct = default) =>
        throw new NotImplementedException();

    /// <summary>Notes a retry that failed again, with its newest reason.</summary>
    public Task Update(string tenant, QuarantinedEvent again, CancellationToken ct = default) =>
        throw new NotImplementedException();
}
