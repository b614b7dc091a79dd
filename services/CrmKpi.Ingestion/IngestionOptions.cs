using System.ComponentModel.DataAnnotations;

namespace CrmKpi.Ingestion;

/// <summary>Limits of the intake: section <c>Ingestion</c>.</summary>
public sealed class IngestionOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Ingestion";

    /// <summary>The largest batch body, after decompression.</summary>
    [Range(1_024, 67_108_864)]
    public int BatchBytesMax { get; set; } = 8 * 1024 * 1024;

    /// <summary>Events of a stream that are appended together.</summary>
    [Range(1, 20_000)]
    public int ChunkEventsMax { get; set; } = 2_000;

    /// <summary>Bytes of a stream that are appended together; a chunk ends with the line that reaches it.</summary>
    [Range(1_024, 16_777_216)]
    public int ChunkBytesMax { get; set; } = 1024 * 1024;

    /// <summary>A stream that is silent this long has what came so far appended, so that it can be seen.</summary>
    [Range(1, 60_000)]
    public int IdleMillisecondsMax { get; set; } = 100;

    /// <summary>Bodies held in memory at once, all tenants together; beyond it the answer is 503.</summary>
    [Range(16_777_216, 17_179_869_184)]
    public long BufferedBytesMax { get; set; } = 128L * 1024 * 1024;

    /// <summary>The share of it that one tenant may take; beyond it the answer is 429.</summary>
    [Range(0.01, 1)]
    public double TenantShareMax { get; set; } = 0.5;
}
