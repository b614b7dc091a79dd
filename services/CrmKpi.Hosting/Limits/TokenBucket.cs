namespace CrmKpi.Hosting.Limits;

/// <summary>
/// A token bucket as one number, the time at which it will be full again (the generic cell rate algorithm): no timer, no lock, and
/// a bucket that is full can be forgotten. Safe for concurrent use.
/// </summary>
public sealed class TokenBucket
{
    private readonly TimeProvider _time;
    private readonly double _ticksPerToken;
    private readonly long _ticksOfBurst;
    private long _fullAt;

    /// <param name="policy">Its rate and size.</param>
    /// <param name="time">Its clock.</param>
    public TokenBucket(RatePolicy policy, TimeProvider time)
    {
        _time = time;
        _ticksPerToken = time.TimestampFrequency / policy.PerSecond;
        _ticksOfBurst = (long)Math.Ceiling(_ticksPerToken * policy.Burst);
        _fullAt = time.GetTimestamp();
    }

    /// <summary>True while nothing is missing: the same as a new one.</summary>
    public bool IsFull => Volatile.Read(ref _fullAt) <= _time.GetTimestamp();

    /// <summary>Takes a token if there is one.</summary>
    public BucketAnswer TryTake()
    {
        var now = _time.GetTimestamp();
        while (true)
        {
            var known = Volatile.Read(ref _fullAt);
            var missing = Math.Max(0, known - now);
            var after = missing + (long)Math.Ceiling(_ticksPerToken);
            if (after > _ticksOfBurst && missing > 0)
                return new BucketAnswer(false, 0, Span(after - _ticksOfBurst), Span(missing));
            if (Interlocked.CompareExchange(ref _fullAt, now + after, known) == known)
                return new BucketAnswer(
                    true, (long)(Math.Max(0, _ticksOfBurst - after) / _ticksPerToken), TimeSpan.Zero, Span(after));
        }
    }

    private TimeSpan Span(long ticks) => TimeSpan.FromSeconds((double)ticks / _time.TimestampFrequency);
}
