namespace CrmKpi.ReadModels.Memory;

/// <summary>Limits of <see cref="TenantCubes"/>.</summary>
public sealed class TenantCubesOptions
{
    /// <summary>Bytes of columns and dictionaries held for all tenants together. Default 160 MiB.</summary>
    public long BytesMax { get; init; } = 160L << 20;

    /// <summary>A tenant that nobody asked for in this time holds no memory. Default 10 minutes.</summary>
    public TimeSpan IdleAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// A snapshot that is known to be outdated is served no longer than this after its last refresh. Default 200 ms.
    /// </summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// A snapshot that no notification has called outdated is checked against the database when it is older than this
    /// (in the background from half of it on): a lost notification costs no more. Default 2 s.
    /// </summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a caller waits for its minimal sequence. Default 5 s.</summary>
    public TimeSpan SequenceWaitMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Tenants loaded or refreshed at the same time. Default 8.</summary>
    public int LoadsMax { get; init; } = 8;
}
