namespace CrmKpi.Hosting.Grpc;

/// <summary>Limits of a service's messages.</summary>
public sealed record GrpcLimits
{
    /// <summary>The largest message taken in, compressed or not, and after it was decompressed.</summary>
    public int ReceiveBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>The largest message sent: as much as a client takes unless it is told otherwise.</summary>
    public int SendBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>Smaller messages are not worth compressing.</summary>
    public int CompressBytesMin { get; init; } = 1_024;
}
