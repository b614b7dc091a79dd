using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CrmKpi.Hosting.Access;

/// <summary>
/// The right of a caller to go on with what it is doing. A request is checked when it comes; a stream that runs for
/// hours holds a lease (<see cref="CallerExtensions.HoldCaller"/>) and stops when <see cref="Ended"/> fires: pass it to
/// whatever waits, or ask <see cref="ThrowIfEnded"/> between two messages.
/// <code>
/// using var lease = context.HoldCaller();
/// using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lease.Ended);
/// </code>
/// </summary>
public sealed class CallerLease : IDisposable
{
    private readonly CallerLeases _leases;
    private readonly CancellationTokenSource _end = new();

    internal CallerLease(CallerLeases leases, Caller caller)
    {
        (_leases, Caller) = (leases, caller);
        Ended = _end.Token;
    }

    /// <summary>What a stream is ended with, where there still is a way to say so.</summary>
    public static Problem Problem { get; } = KnownProblems.OfStatus(StatusCodes.Status401Unauthorized) with
    {
        Detail = "The credential was revoked or has expired while the request was running.",
    };

    /// <summary>Whose right it is.</summary>
    public Caller Caller { get; }

    /// <summary>Fires within <see cref="SecurityOptions.StreamCheckSeconds"/> after the credential has ended.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Throws 401 when the credential has ended.</summary>
    public void ThrowIfEnded()
    {
        if (Ended.IsCancellationRequested)
            throw new ProblemException(Problem);
    }

    /// <summary>What to answer when waiting was ended by the lease; null for any other exception.</summary>
    public Problem? ProblemOf(Exception exception) =>
        exception is OperationCanceledException && Ended.IsCancellationRequested ? Problem : null;

    // Not on the thread that looks after all the others.
    internal void End() => _ = _end.CancelAsync();

    /// <summary>Gives the lease back: nobody looks at the credential for it any more.</summary>
    public void Dispose() => _leases.GiveBack(this);
}

/// <summary>
/// Looks every few seconds whether the credentials of running streams still hold, with one statement for all of them;
/// looks at nothing while there is no stream. While the database cannot be asked the streams of keys go on: a
/// revocation could not be written either.
/// </summary>
public sealed partial class CallerLeases(
    KeyUse keys, IOptions<SecurityOptions> options, TimeProvider time, ILogger<CallerLeases> logger) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<CallerLease> _held = [];
    private readonly CancellationTokenSource _stop = new();
    private bool _watching;

    /// <summary>A lease for a caller that was just found to be right.</summary>
    public CallerLease Hold(Caller caller)
    {
        var lease = new CallerLease(this, caller);
        lock (_gate)
        {
            _held.Add(lease);
            if (_watching)
                return lease;
            _watching = true;
        }
        _ = Watch(_stop.Token);
        return lease;
    }

    internal void GiveBack(CallerLease lease)
    {
        lock (_gate)
            _held.Remove(lease);
    }

    private async Task Watch(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromSeconds(options.Value.StreamCheckSeconds), time, ct)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            CallerLease[] held;
            lock (_gate)
            {
                if (_held.Count == 0)
                {
                    _watching = false;
                    return;
                }
                held = [.. _held];
            }
            try
            {
                await Check(held, ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                LogNotChecked(held.Length, e.Message);
            }
        }
    }

    private async Task Check(CallerLease[] held, CancellationToken ct)
    {
        // What ends by the clock does so whether or not the database can be asked.
        var now = time.GetUtcNow();
        foreach (var lease in held)
            if (lease.Caller.ExpiresAt <= now)
                lease.End();
        var ids = held.Select(l => l.Caller.Actor).Where(a => a.Kind == Actor.Key).Select(a => a.Id).ToHashSet();
        var usable = ids.Count == 0 ? ids : await keys.StillUsable(ids, ct);
        foreach (var lease in held)
            if (lease.Caller.Actor is { Kind: Actor.Key, Id: var id } && !usable.Contains(id))
                lease.End();
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Cancel();

    [LoggerMessage(1251, LogLevel.Warning,
        "The credentials of {Streams} running streams could not be checked: {Reason}")]
    private partial void LogNotChecked(int streams, string reason);
}
