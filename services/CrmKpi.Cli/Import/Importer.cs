using System.Text.Json;
using System.Threading.Channels;
using CrmKpi.Cli.Server;
using CrmKpi.Connectors.Csv;

namespace CrmKpi.Cli.Import;

/// <summary>
/// Sends events to the server: 1. passes over what an interrupted run had acknowledged; 2. builds the next request while one is
/// under way; 3. repeats a request that met overload or a broken connection, which is free because the log drops
/// duplicates; 4. notes progress after each acknowledgement, never before.
/// </summary>
/// <param name="api">The server.</param>
/// <param name="tenant">The tenant.</param>
public sealed class Importer(ApiClient api, string tenant)
{
    private static readonly TimeSpan RetryDelayMin = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryDelayMax = TimeSpan.FromSeconds(15);

    /// <summary>How far earlier runs came, and where to note how far this one comes; null = from the beginning.</summary>
    public Checkpoint? Checkpoint { get; init; }

    /// <summary>The first problem ends the import.</summary>
    public bool Strict { get; init; }

    /// <summary>How long one request is repeated before the import gives up.</summary>
    public TimeSpan PatienceMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Told of each acknowledgement and each wait.</summary>
    public Action<ImportProgress> Progress { get; init; } = _ => { };

    /// <summary>Time, for waiting.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Sends all events.</summary>
    /// <param name="events">Makes the input from its beginning, the same each time it is called.</param>
    /// <param name="bytesTotal">Size of the input.</param>
    /// <exception cref="ImportStoppedException">Something ended it before its end.</exception>
    public async Task<ImportReport> Run(Func<IEnumerable<OutgoingEvent>> events, long bytesTotal, CancellationToken ct)
    {
        var start = Checkpoint?.Read() ?? new CheckpointState(0, 0);
        var report = await Run(events(), start, bytesTotal, ct)
            // The log is shorter than the checkpoint says: it is another one (a restored or emptied database).
            ?? await Run(events(), new CheckpointState(0, 0), bytesTotal, ct);
        Checkpoint?.Remove();
        return report!;
    }

    private async Task<ImportReport?> Run(
        IEnumerable<OutgoingEvent> events, CheckpointState start, long bytesTotal, CancellationToken ct)
    {
        var report = new ImportReport { Sequence = start.Sequence };
        var batches = Channel.CreateBounded<ImportBatch>(1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        // 2. Build the next request while one is under way.
        var building = Task.Run(() => Build(events, start.Events, report, batches.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var batch in batches.Reader.ReadAllAsync(ct))
            {
                ct.ThrowIfCancellationRequested();
                var answer = await Send(batch, report, bytesTotal, ct);
                var sequence = answer.GetProperty("sequence").GetInt64();
                if (sequence < start.Sequence)
                    return null;
                Count(answer, batch, report);
                report.Sequence = sequence;
                // 4. Note progress.
                var done = report.Skipped + report.Accepted + report.Duplicates + report.Rejected;
                Checkpoint?.Write(new CheckpointState(done, sequence));
                Progress(new ImportProgress(done, batch.BytesRead, bytesTotal, null));
                if (Strict && report.Rejected > 0)
                    throw new ImportStoppedException($"{report.Problems[^1]}", report);
            }
            await building;
            return report;
        }
        catch (OperationCanceledException e)
        {
            throw new ImportStoppedException("The import was interrupted.", report, e);
        }
        catch (ApiException e)
        {
            throw new ImportStoppedException(e.Message, report, e);
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)building).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Build(
        IEnumerable<OutgoingEvent> events, long skip, ImportReport report, ChannelWriter<ImportBatch> output, CancellationToken ct)
    {
        try
        {
            var batch = new ImportBatch();
            foreach (var e in events)
            {
                ct.ThrowIfCancellationRequested();
                if (e.Problem is not null)
                    Note(e.Problem, report);
                // 1. Pass over what an interrupted run had acknowledged.
                else if (report.Skipped < skip)
                    report.Skipped++;
                else
                    batch.Add(e);
                if (batch.IsFull)
                {
                    await output.WriteAsync(batch, ct);
                    batch = new ImportBatch();
                }
            }
            if (batch.Count > 0)
                await output.WriteAsync(batch, ct);
            output.Complete();
        }
        catch (Exception e)
        {
            output.Complete(e);
        }
    }

    private void Note(ImportProblem problem, ImportReport report)
    {
        lock (report)
            report.Add(problem);
        if (Strict)
            throw new ImportStoppedException($"{problem}", report);
    }

    private async Task<JsonElement> Send(ImportBatch batch, ImportReport report, long bytesTotal, CancellationToken ct)
    {
        var (delay, started) = (RetryDelayMin, Time.GetTimestamp());
        while (true)
        {
            try
            {
                return await api.PostEvents(tenant, batch.Lines, ct);
            }
            catch (ApiException e) when (e.Problem is { Status: 422, Body: { } body } && body.TryGetProperty("sequence", out _))
            {
                return body;
            }
            // 3. Repeat what met overload or a broken connection.
            catch (ApiException e) when (e.Problem.IsTransient && Time.GetElapsedTime(started) < PatienceMax)
            {
                var done = report.Skipped + report.Accepted + report.Duplicates + report.Rejected;
                Progress(new ImportProgress(done, batch.BytesRead, bytesTotal, e.Problem.Detail));
                await Task.Delay(e.Problem.RetryAfter ?? delay, Time, ct);
                delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, RetryDelayMax.Ticks));
            }
        }
    }

    private static void Count(JsonElement answer, ImportBatch batch, ImportReport report)
    {
        report.Accepted += answer.GetProperty("accepted").GetInt64();
        report.Duplicates += answer.GetProperty("duplicates").GetInt64();
        var rejected = answer.GetProperty("rejected");
        var listed = rejected.GetArrayLength();
        report.Rejected += answer.TryGetProperty("rejectedCount", out var count) ? count.GetInt64() : listed;
        lock (report)
        {
            foreach (var item in rejected.EnumerateArray())
            {
                var (file, line) = batch.PlaceOf((int)item.GetProperty("index").GetInt64());
                var pointer = item.TryGetProperty("pointer", out var p) ? p.GetString() : null;
                report.Add(new ImportProblem(file, line, null, item.GetProperty("code").GetString() ?? "",
                    $"{pointer} {item.GetProperty("detail").GetString()}".Trim()));
            }
        }
    }
}
