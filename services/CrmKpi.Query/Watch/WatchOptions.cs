using System.ComponentModel.DataAnnotations;

namespace CrmKpi.Query.Watch;

/// <summary>Limits of watches: section <c>Watch</c>.</summary>
public sealed class WatchOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Watch";

    /// <summary>A watcher gets at most one answer in this time; what changes meanwhile comes together.</summary>
    [Range(10, 60_000)]
    public int IntervalMilliseconds { get; set; } = 250;

    /// <summary>A watcher that gets no answer gets a sign of life this often.</summary>
    [Range(0.1, 60)]
    public double HeartbeatSeconds { get; set; } = 15;

    /// <summary>Watchers of all tenants; more are refused with 503.</summary>
    [Range(1, 100_000)]
    public int WatchersMax { get; set; } = 2_000;

    /// <summary>Watchers of one tenant; more are refused with 429.</summary>
    [Range(1, 100_000)]
    public int TenantWatchersMax { get; set; } = 100;
}
