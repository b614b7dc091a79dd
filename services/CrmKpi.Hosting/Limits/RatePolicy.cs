using System.Globalization;

namespace CrmKpi.Hosting.Limits;

/// <summary>How many requests may come: so many a second on average, and so many at once after a pause.</summary>
public sealed class RatePolicy
{
    /// <param name="name">For the header fields, for example <c>tenant</c>.</param>
    /// <param name="perSecond">Requests a second that come back.</param>
    /// <param name="burst">Requests that a full bucket holds.</param>
    public RatePolicy(string name, double perSecond, long burst)
    {
        (Name, PerSecond, Burst) = (name, perSecond, burst);
        var window = Math.Max(1, (long)Math.Ceiling(burst / perSecond));
        Header = string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={burst};w={window}");
    }

    /// <summary>The policy's name in the header fields.</summary>
    public string Name { get; }

    /// <summary>Requests a second that come back.</summary>
    public double PerSecond { get; }

    /// <summary>Requests that a full bucket holds.</summary>
    public long Burst { get; }

    /// <summary>
    /// The value of <c>RateLimit-Policy</c>: quota <c>q</c> and the seconds <c>w</c> in which an empty bucket is full again.
    /// </summary>
    public string Header { get; }
}

/// <summary>What a bucket says.</summary>
/// <param name="IsAllowed">The request may pass, and its token is taken.</param>
/// <param name="Remaining">Requests that may follow at once.</param>
/// <param name="RetryAfter">When the next one may pass; 0 when it may now.</param>
/// <param name="FullAfter">When the bucket is full again.</param>
public readonly record struct BucketAnswer(bool IsAllowed, long Remaining, TimeSpan RetryAfter, TimeSpan FullAfter)
{
    /// <summary>The value of <c>RateLimit</c>.</summary>
    public string Header(RatePolicy policy) => string.Create(
        CultureInfo.InvariantCulture, $"\"{policy.Name}\";r={Remaining};t={(long)Math.Ceiling(FullAfter.TotalSeconds)}");
}
