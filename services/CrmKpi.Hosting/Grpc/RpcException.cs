using Google.Protobuf;

namespace CrmKpi.Hosting.Grpc;

/// <summary>Ends a call with a status from anywhere below its handler.</summary>
/// <param name="status">What the caller is told.</param>
/// <param name="trailers">Sent beside it, after those of <see cref="ServerCall.ResponseTrailers"/>.</param>
public sealed class RpcException(Status status, Metadata? trailers = null) : Exception(status.Message)
{
    /// <summary>What the caller is told.</summary>
    public Status Status { get; } = status;

    /// <summary>Metadata sent beside the status.</summary>
    public Metadata Trailers { get; } = trailers ?? new Metadata();

    /// <summary>
    /// Messages of <c>google/rpc/error_details.proto</c>, sent with the status as <c>google.rpc.Status</c> in the trailer
    /// <c>grpc-status-details-bin</c>.
    /// </summary>
    public IReadOnlyList<IMessage> Details { get; init; } = [];
}
