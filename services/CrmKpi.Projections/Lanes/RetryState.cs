namespace CrmKpi.Projections.Lanes;

/// <summary>
/// How a generation that fails is tried again: the same batch a few times, then half of it, down to the one event that fails.
/// </summary>
internal sealed class RetryState
{
    private const int DelayMillisecondsMax = 10_000;

    /// <summary>Events in the next batch; null = no limit of this kind.</summary>
    public int? EventsMax { get; private set; }

    /// <summary>Failures in a row.</summary>
    public int Attempts { get; private set; }

    /// <summary>A batch was committed: widen again, step by step.</summary>
    public void Succeeded()
    {
        Attempts = 0;
        EventsMax = EventsMax is < 1_024 ? EventsMax * 2 : null;
    }

    /// <summary>Notes a failure that will not go away; true when it is down to one event and out of attempts.</summary>
    public bool IsHopeless(int batchEvents, int attemptsMax)
    {
        if (++Attempts < attemptsMax && (EventsMax is null || batchEvents <= 1))
            return false;
        if (batchEvents <= 1)
            return true;
        EventsMax = Math.Max(1, batchEvents / 2);
        Attempts = 0;
        return false;
    }

    /// <summary>Notes a failure that time mends.</summary>
    public void WasTransient() => Attempts = Math.Min(Attempts + 1, 30);

    public TimeSpan Delay(int firstMilliseconds) =>
        TimeSpan.FromMilliseconds(Math.Min(DelayMillisecondsMax, firstMilliseconds * Math.Pow(2, Math.Max(0, Attempts - 1))));
}
