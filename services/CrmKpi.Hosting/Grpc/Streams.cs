using Google.Protobuf;

namespace CrmKpi.Hosting.Grpc;

/// <summary>
/// The messages of a caller, in order, read once. What the handler does not read yet stays with the caller: flow control holds it
/// back. Throws <see cref="RpcException"/> for what is no message, <see cref="OperationCanceledException"/> when the call has ended.
/// </summary>
public sealed class StreamReader<T> : IAsyncEnumerable<T> where T : class, IMessage<T>, new()
{
    private readonly FrameReader _frames;

    internal StreamReader(FrameReader frames) => _frames = frames;

    /// <summary>The next message; null when the caller has sent all. One read at a time.</summary>
    /// <param name="ct">Gives the read up; the message is there for the next one.</param>
    public ValueTask<T?> ReadAsync(CancellationToken ct = default) => _frames.Read<T>(ct);

    /// <inheritdoc/>
    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (await _frames.Read<T>(cancellationToken) is { } message)
            yield return message;
    }
}

/// <summary>The messages to a caller, in order.</summary>
public sealed class StreamWriter<T> where T : class, IMessage<T>
{
    private readonly CallResponse _response;

    internal StreamWriter(CallResponse response) => _response = response;

    /// <summary>
    /// Sends a message; done when the caller's flow control has room for more. One at a time. A write that is cancelled may have
    /// been sent.
    /// </summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: the message is larger than <see cref="GrpcLimits.SendBytesMax"/>.</exception>
    /// <exception cref="OperationCanceledException">The call has ended.</exception>
    public Task WriteAsync(T message, CancellationToken ct = default) => _response.Write(message, flush: true, ct);
}
