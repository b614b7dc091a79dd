using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CrmKpi.Hosting.Grpc;

/// <summary>
/// The answering half of a call: headers, messages, status, in this order. The status may come from the handler's end or from that
/// of the call, whichever is first; nothing is written after it.
/// </summary>
internal sealed class CallResponse(HttpContext context, CallLifetime lifetime, GrpcLimits limits, bool gzip)
{
    // The error code CANCEL of HTTP/2.
    private const int ResetCancel = 8;

    private static readonly TimeSpan CutMax = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _gate = new(1);
    private bool _started;
    private bool _finished;

    public Metadata Trailers { get; } = new();

    public bool Compress { get; set; } = true;

    private PipeWriter Body => context.Response.BodyWriter;

    public async Task Start(Metadata headers)
    {
        Enter();
        try
        {
            if (_started)
                throw new InvalidOperationException("The headers of this call are sent already.");
            headers.WriteTo(context.Response.Headers);
            await Begin();
            await Flush(lifetime.Token);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task Write(IMessage message, bool flush, CancellationToken ct)
    {
        Enter();
        try
        {
            var size = message.CalculateSize();
            if (size > limits.SendBytesMax)
                throw new RpcException(new Status(StatusCode.ResourceExhausted,
                    $"The answer has a message of {size} bytes; {limits.SendBytesMax} are sent at most. Ask for less at once."));
            if (!_started)
                await Begin();
            WriteFrame(message, size);
            if (!flush)
                return;
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.Token);
            await Flush(ct.CanBeCanceled ? either.Token : lifetime.Token);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Sets the status; it is sent when the request ends. Null = OK. The first status counts.</summary>
    public async Task Finish(RpcException? failure)
    {
        await _gate.WaitAsync();
        try
        {
            if (_finished)
                return;
            _finished = true;
            // When nothing was sent, one block of headers says it all.
            var destination = _started
                ? context.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers
                : context.Response.Headers;
            StatusTrailers.Write(destination, failure, Trailers);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Sends the status now, while the handler still runs: the caller does not wait for it.</summary>
    public async Task Cut(RpcException failure)
    {
        await Finish(failure);
        try
        {
            await context.Response.CompleteAsync().WaitAsync(CutMax);
        }
        catch (TimeoutException)
        {
            // A caller that takes nothing does not take the status either.
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(ResetCancel);
        }
    }

    private void Enter()
    {
        if (!_gate.Wait(0))
            throw new InvalidOperationException("Another write of this call is not done yet: await it first.");
        if (!_finished)
            return;
        _gate.Release();
        throw new OperationCanceledException(lifetime.Token);
    }

    private Task Begin()
    {
        _started = true;
        if (gzip)
            context.Response.Headers[Wire.Encoding] = Wire.Gzip;
        return context.Response.StartAsync(lifetime.Token);
    }

    private void WriteFrame(IMessage message, int size)
    {
        if (!gzip || !Compress || size < limits.CompressBytesMin)
        {
            WriteHeader(compressed: false, size);
            message.WriteTo(Body);
            return;
        }
        using var plain = new PooledBytes();
        plain.GetSpan(size);
        message.WriteTo(plain);
        using var compressed = Gzip.Compress(plain.WrittenSpan);
        var isSmaller = compressed.WrittenSpan.Length < size;
        var payload = isSmaller ? compressed.WrittenSpan : plain.WrittenSpan;
        WriteHeader(isSmaller, payload.Length);
        Body.Write(payload);
    }

    private void WriteHeader(bool compressed, int length)
    {
        var header = Body.GetSpan(Wire.FrameHeaderBytes);
        header[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], length);
        Body.Advance(Wire.FrameHeaderBytes);
    }

    private async Task Flush(CancellationToken ct)
    {
        var result = await lifetime.AwaitCaller(Body.FlushAsync(ct));
        if (!result.IsCompleted)
            return;
        lifetime.End(CallEnd.CallerGone);
        throw new OperationCanceledException(lifetime.Token);
    }
}
