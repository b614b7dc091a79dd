using System.Threading.Channels;
using CrmKpi.Hosting.Grpc;
using CrmKpi.Hosting.Problems;
using CrmKpi.Ingestion.Events;
using CrmKpi.V1;

namespace CrmKpi.Ingestion.Grpc;

/// <summary>
/// One call of <c>AppendStream</c>. Two loops: one 1. reads a batch, 2. waits for room, 3. cuts and checks it and hands it to the
/// log; the other 4. acknowledges the batches in their order as they become durable. So several are under way at once and share
/// transactions, and what the log does not take yet stays with the sender.
/// </summary>
internal sealed class BatchStream(
    EventIntake intake, IntakeBudget budget, StreamReader<AppendStreamRequest> requests,
    StreamWriter<AppendStreamResponse> responses, ServerCall call)
{
    /// <summary>Batches under way at most; the next one is read and waits.</summary>
    public const int BatchesMax = 8;

    /// <summary>Events under way at most, unless a single batch has more: a tenth of what the log lets wait of a tenant.</summary>
    public const int EventsMax = 4_000;

    private readonly StreamWindow _window = new(BatchesMax, EventsMax);

    // Bounded by the window.
    private readonly Channel<Batch> _batches =
        Channel.CreateUnbounded<Batch>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private string? _tenant;

    /// <summary>Runs until the sender has sent all and all is acknowledged, or something fails.</summary>
    public async Task Run()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(call.CancellationToken);
        var reading = Read(stop.Token);
        try
        {
            await Acknowledge(stop.Token);
        }
        finally
        {
            // Nothing of a call goes on after its end: what waits is taken back, what is being written is awaited.
            await stop.CancelAsync();
            await reading;
            while (_batches.Reader.TryRead(out var batch))
            {
                await ((Task)batch.Storing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                batch.Room.Dispose();
            }
        }
    }

    private async Task Read(CancellationToken ct)
    {
        try
        {
            // 1. Read.
            while (await requests.ReadAsync(ct) is { } request)
                await Start(request, ct);
            _batches.Writer.Complete();
        }
        catch (Exception e)
        {
            // Said when those before it are acknowledged.
            _batches.Writer.Complete(e);
        }
    }

    private async Task Start(AppendStreamRequest request, CancellationToken ct)
    {
        var tenant = await TenantOf(request);
        var events = AppendChecks.RequireFewEnough(request.Events);

        // 2. Wait for room: in memory, then in the window.
        var bytes = request.CalculateSize();
        var room = await Room(tenant, bytes, ct);
        try
        {
            await _window.Enter(events.Count, ct);
        }
        catch
        {
            room.Dispose();
            throw;
        }

        // 3. Cut and check it; the log keeps the order in which it is asked.
        _batches.Writer.TryWrite(new Batch(
            request.BatchId, events.Count, room, Store(tenant, CloudEventJson.Chunk(events, bytes), ct)));
    }

    private async Task<IntakeTally> Store(string tenant, IntakeChunk chunk, CancellationToken ct)
    {
        var tally = await intake.Take(tenant, chunk, null, ct);
        chunk.Recycle();
        return tally;
    }

    // 4. Acknowledge.
    private async Task Acknowledge(CancellationToken ct)
    {
        await foreach (var batch in _batches.Reader.ReadAllAsync(ct))
        {
            try
            {
                var tally = await batch.Storing;
                await responses.WriteAsync(
                    new AppendStreamResponse { BatchId = batch.Id, Result = AppendMessages.Of(tally) }, ct);
            }
            finally
            {
                batch.Room.Dispose();
                _window.Leave(batch.Events);
            }
        }
    }

    private async ValueTask<string> TenantOf(AppendStreamRequest request)
    {
        if (_tenant is null)
        {
            await call.RequireTenant(request.Tenant);
            return _tenant = request.Tenant;
        }
        return request.Tenant.Length == 0 || request.Tenant == _tenant
            ? _tenant
            : throw new ProblemException(KnownProblems.BadParameter(
                "tenant", "A stream is of one tenant: leave 'tenant' out after the first message, or open another stream."));
    }

    // While something of the stream is under way its end makes room; only without that there is none.
    private async ValueTask<IntakeBudget.Lease> Room(string tenant, int bytes, CancellationToken ct)
    {
        while (true)
        {
            var mayWait = !_window.IsEmpty;
            try
            {
                return budget.Take(tenant, AppendChecks.BytesInMemory(bytes));
            }
            catch (ProblemException) when (mayWait)
            {
                await _window.AwaitLeave(ct);
            }
        }
    }

    private sealed record Batch(long Id, int Events, IntakeBudget.Lease Room, Task<IntakeTally> Storing);
}
