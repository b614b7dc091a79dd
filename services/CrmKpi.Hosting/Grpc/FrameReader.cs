using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace CrmKpi.Hosting.Grpc;

/// <summary>Messages out of a request body. Holds one message at a time; what follows stays in the pipe of the server.</summary>
internal sealed class FrameReader(PipeReader body, bool gzip, int bytesMax, CallLifetime lifetime)
{
    public bool LastWasCompressed { get; private set; }

    /// <summary>The next message; null at the end.</summary>
    public async ValueTask<T?> Read<T>(CancellationToken ct = default) where T : class, IMessage<T>, new()
    {
        while (true)
        {
            var result = await ReadBody(ct);
            var rest = result.Buffer;
            if (TryCut(ref rest, out var compressed, out var payload))
            {
                LastWasCompressed = compressed;
                var message = Parse<T>(compressed, payload);
                body.AdvanceTo(payload.End);
                return message;
            }
            body.AdvanceTo(rest.Start, rest.End);
            if (result.IsCompleted)
                return rest.IsEmpty ? null : throw Broken("The body ends within a message.");
        }
    }

    /// <summary>The one message of a method that takes one.</summary>
    public async ValueTask<T> ReadOnly<T>() where T : class, IMessage<T>, new()
    {
        var message = await Read<T>() ?? throw Cardinality("none");
        while (true)
        {
            var result = await ReadBody(CancellationToken.None);
            var isEmpty = result.Buffer.IsEmpty;
            body.AdvanceTo(result.Buffer.End);
            if (!isEmpty)
                throw Cardinality("more");
            if (result.IsCompleted)
                return message;
        }
    }

    private async ValueTask<ReadResult> ReadBody(CancellationToken ct)
    {
        using var either = ct.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.Token) : null;
        try
        {
            return await lifetime.AwaitCaller(body.ReadAsync(either?.Token ?? lifetime.Token));
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            // The stream was reset, or its connection is gone.
            lifetime.End(CallEnd.CallerGone);
            throw new OperationCanceledException(e.Message, e, lifetime.Token);
        }
    }

    private bool TryCut(ref ReadOnlySequence<byte> buffer, out bool compressed, out ReadOnlySequence<byte> payload)
    {
        (compressed, payload) = (false, default);
        if (buffer.Length < Wire.FrameHeaderBytes)
            return false;
        Span<byte> header = stackalloc byte[Wire.FrameHeaderBytes];
        buffer.Slice(0, Wire.FrameHeaderBytes).CopyTo(header);
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (header[0] > 1)
            throw Broken($"A message begins with the flag {header[0]}, which is neither 0 nor 1.");
        compressed = header[0] == 1;
        if (compressed && !gzip)
            throw Broken($"A message is compressed, but {Wire.Encoding} names no compression.");
        // By its length, before any of it is held.
        if (length > bytesMax)
            throw TooLarge(length);
        if (buffer.Length < Wire.FrameHeaderBytes + length)
            return false;
        payload = buffer.Slice(Wire.FrameHeaderBytes, length);
        return true;
    }

    private T Parse<T>(bool compressed, ReadOnlySequence<byte> payload) where T : class, IMessage<T>, new()
    {
        try
        {
            if (!compressed)
                return Parser<T>.Instance.ParseFrom(payload);
            using var plain = Gzip.Decompress(payload, bytesMax) ?? throw TooLarge(null);
            return Parser<T>.Instance.ParseFrom(plain.WrittenSpan);
        }
        catch (InvalidDataException)
        {
            throw Broken("A compressed message is not well-formed gzip.");
        }
        catch (InvalidProtocolBufferException e)
        {
            throw Broken($"A message is no {Parser<T>.Name}: {e.Message}");
        }
    }

    private RpcException TooLarge(uint? length) => new(new Status(StatusCode.ResourceExhausted,
        $"A message may have {bytesMax} bytes at most; {(length is null ? "this one has more when decompressed" : $"this one has {length}")}."));

    private static RpcException Broken(string what) => new(new Status(StatusCode.Internal, what));

    private static RpcException Cardinality(string sent) =>
        new(new Status(StatusCode.Unimplemented, $"The method takes exactly one message; {sent} came."));

    private static class Parser<T> where T : class, IMessage<T>, new()
    {
        public static readonly MessageParser<T> Instance = new(() => new T());
        public static readonly string Name = new T().Descriptor.FullName;
    }
}
