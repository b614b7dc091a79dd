using System.Net;
using System.Threading.Channels;
using Google.Protobuf;

namespace CrmKpi.Testing.Grpc;

/// <summary>A call with a stream in either direction.</summary>
public sealed class GrpcDuplex<TRequest, TResponse> : IDisposable
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>, new()
{
    private readonly PushContent _requests;
    private readonly Task<HttpResponseMessage> _answer;
    private readonly CancellationTokenSource _cancel;
    private Stream? _body;

    internal GrpcDuplex(PushContent requests, Task<HttpResponseMessage> answer, CancellationTokenSource cancel) =>
        (_requests, _answer, _cancel) = (requests, answer, cancel);

    /// <summary>Sends a message; done when the connection has taken it.</summary>
    public Task Send(TRequest message) => _requests.Push(GrpcClient.Frame(message, gzip: false));

    /// <summary>Says that there are no more.</summary>
    public void End() => _requests.End();

    /// <summary>The next answer; null when there are no more.</summary>
    public async Task<TResponse?> Receive(CancellationToken ct = default)
    {
        var answer = await _answer.WaitAsync(ct);
        _body ??= await answer.Content.ReadAsStreamAsync(ct);
        return await GrpcClient.ReadFrame<TResponse>(_body, ct);
    }

    /// <summary>The status, when <see cref="Receive"/> has told the end.</summary>
    public async Task<GrpcStatus> Status() => GrpcStatus.Of(await _answer);

    /// <summary>Cancels the call if it is not over.</summary>
    public void Dispose()
    {
        // Broken off, not ended: the service must not take what was sent for all there is.
        _requests.Break();
        _cancel.Cancel();
        if (_answer.IsCompletedSuccessfully)
            _answer.Result.Dispose();
        _cancel.Dispose();
    }
}

/// <summary>A body that is written piece by piece while the answer is read.</summary>
internal sealed class PushContent : HttpContent
{
    private readonly Channel<(byte[] Frame, TaskCompletionSource Sent)> _frames =
        Channel.CreateBounded<(byte[], TaskCompletionSource)>(1);

    public async Task Push(byte[] frame)
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _frames.Writer.WriteAsync((frame, sent));
        await sent.Task;
    }

    public void End() => _frames.Writer.TryComplete();

    public void Break() => _frames.Writer.TryComplete(new OperationCanceledException());

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        try
        {
            // The headers go out at once: who waits for the answer's first must not wait for the first message.
            await stream.FlushAsync(cancellationToken);
            while (await _frames.Reader.WaitToReadAsync(cancellationToken))
                while (_frames.Reader.TryPeek(out var next))
                {
                    await stream.WriteAsync(next.Frame, cancellationToken);
                    await stream.FlushAsync(cancellationToken);
                    _frames.Reader.TryRead(out _);
                    next.Sent.SetResult();
                }
        }
        catch (Exception e)
        {
            // The call is over: nobody sends any more.
            _frames.Writer.TryComplete(e);
            while (_frames.Reader.TryRead(out var unsent))
                unsent.Sent.SetException(e);
            throw;
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
