using System.Diagnostics;

namespace CrmKpi.Benchmarks;

/// <summary>Callers that each make one call after the other.</summary>
internal static class Calls
{
    /// <summary>Calls per second, and how many milliseconds one takes.</summary>
    /// <param name="call">Gets the caller and the number of the call.</param>
    public static async Task<(double Rate, double P50, double P99)> Measure(
        int calls, int callers, Func<int, int, Task> call, CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        var latencies = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var own = new List<double>(calls / callers + 1);
            for (var i = caller; i < calls; i += callers)
            {
                var start = Stopwatch.GetTimestamp();
                await call(caller, i);
                own.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            return own;
        }, ct)));
        var all = latencies.SelectMany(l => l).Order().ToArray();
        return (all.Length / clock.Elapsed.TotalSeconds, all[all.Length / 2], all[(int)(all.Length * 0.99)]);
    }
}
