using System.Collections.Concurrent;
using CrmKpi.Hosting.Startup;
using CrmKpi.Postgres.Control;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CrmKpi.Hosting.Access;

/// <summary>
/// When keys were used last, gathered in memory and written for all of them together once a minute: never on the way of
/// a request, and not at all beyond a number of keys.
/// </summary>
internal sealed partial class LastUse(
    KeyUse keys, Readiness readiness, IOptions<SecurityOptions> options, TimeProvider time, ILogger<LastUse> logger)
    : BackgroundService
{
    /// <summary>Keys a minute whose use is noted.</summary>
    private const int KeysMax = 10_000;

    private static readonly TimeSpan Resolution = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _noted = new(StringComparer.Ordinal);

    /// <summary>Notes that a key is being used.</summary>
    public void Note(string keyId, DateTimeOffset now)
    {
        var isNoted = _noted.TryGetValue(keyId, out var before);
        if (isNoted ? now - before >= Resolution : _noted.Count < KeysMax)
            _noted[keyId] = now;
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (readiness.HasStarted)
            await Write(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await readiness.Wait(stoppingToken);
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(options.Value.LastUsedSeconds), time, stoppingToken);
                await Write(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The last ones are written by StopAsync.
        }
    }

    private async Task Write(CancellationToken ct)
    {
        var noted = _noted.ToArray();
        if (noted.Length == 0)
            return;
        try
        {
            await keys.Mark(noted, ct);
            // One that was used again meanwhile stays for the next time.
            foreach (var one in noted)
                _noted.TryRemove(one);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNotWritten(noted.Length, e.Message);
        }
    }

    [LoggerMessage(1252, LogLevel.Warning, "The last use of {Keys} keys could not be written yet: {Reason}")]
    private partial void LogNotWritten(int keys, string reason);
}
