using Google.Protobuf.WellKnownTypes;

namespace CrmKpi.V1;

/// <summary>Points in time of messages, which may hold anything.</summary>
public static class Timestamps
{
    // 0001-01-01 to 9999-12-31, as google.protobuf.Timestamp allows.
    private const long SecondsMin = -62_135_596_800;
    private const long SecondsMax = 253_402_300_799;
    private const int NanosMax = 999_999_999;
    private const int NanosPerTick = 100;

    /// <summary>Reads a point in time, cut to 100 nanoseconds; false when it is outside of what the type allows.</summary>
    public static bool TryRead(Timestamp timestamp, out DateTime utc)
    {
        utc = default;
        if (timestamp.Seconds is < SecondsMin or > SecondsMax || timestamp.Nanos is < 0 or > NanosMax)
            return false;
        utc = DateTime.UnixEpoch.AddTicks(timestamp.Seconds * TimeSpan.TicksPerSecond + timestamp.Nanos / NanosPerTick);
        return true;
    }
}
