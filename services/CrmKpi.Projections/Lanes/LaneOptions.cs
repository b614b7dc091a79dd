using System.ComponentModel.DataAnnotations;

namespace CrmKpi.Projections.Lanes;

/// <summary>How the lanes work, those of each database: section <c>Lanes</c>.</summary>
public sealed class LaneOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Lanes";

    /// <summary>Tenants worked on at the same time; one of these places is kept for tenants that are nearly up to date.</summary>
    [Range(2, 64)]
    public int WorkersMax { get; set; } = Math.Clamp(Environment.ProcessorCount + 1, 3, 9);

    /// <summary>A tenant that is further behind than this many events catches up in large batches.</summary>
    [Range(1, 100_000)]
    public int FreshEventsMax { get; set; } = 2_000;

    /// <summary>Events in one batch of a catch-up.</summary>
    [Range(1, 100_000)]
    public int BatchEventsMax { get; set; } = 20_000;

    /// <summary>Bytes of event data in one batch, whatever the number of events; one event always fits.</summary>
    [Range(1_024, 256 << 20)]
    public int BatchBytesMax { get; set; } = 16 << 20;

    /// <summary>Bytes of entity states and dictionaries kept between the batches of all tenants.</summary>
    [Range(0, long.MaxValue)]
    public long CacheBytesMax { get; set; } = 128L << 20;

    /// <summary>Seconds between two looks for tenants whose log has moved without a notification.</summary>
    [Range(0.05, 60)]
    public double PollSeconds { get; set; } = 1;

    /// <summary>Seconds between two looks at the leases.</summary>
    [Range(0.05, 3)]
    public double LeaseSeconds { get; set; } = 1;

    /// <summary>Attempts at one batch before it is narrowed, and at one event before its lane is parked.</summary>
    [Range(1, 20)]
    public int AttemptsMax { get; set; } = 3;

    /// <summary>Milliseconds before the second attempt; doubles with each further one, up to ten seconds.</summary>
    [Range(1, 10_000)]
    public int RetryMilliseconds { get; set; } = 50;
}
