using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace CrmKpi.Hosting.Access.Tokens;

/// <summary>
/// Logs why tokens are refused, for whoever sets an issuer up: each reason at most once a minute, with how often it was
/// so, because anybody can send bad tokens as fast as they like.
/// </summary>
internal sealed partial class TokenRefusals(TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    // Bounded: reasons are texts of ours, a dozen for each issuer.
    private readonly ConcurrentDictionary<(string Issuer, string Reason), Told> _told = new();

    public void Note(string issuer, string reason)
    {
        var told = _told.GetOrAdd((issuer, reason), _ => new Told());
        int times;
        lock (told)
        {
            told.Times++;
            var now = time.GetTimestamp();
            if (told.At is { } at && time.GetElapsedTime(at, now) < Pause)
                return;
            (times, told.Times, told.At) = (told.Times, 0, now);
        }
        LogRefused(issuer, reason, times);
    }

    private sealed class Told
    {
        public long? At { get; set; }

        public int Times { get; set; }
    }

    [LoggerMessage(1254, LogLevel.Information,
        "Tokens of issuer {Issuer} were refused: {Reason} ({Times} since this was said last)")]
    private partial void LogRefused(string issuer, string reason, int times);
}
