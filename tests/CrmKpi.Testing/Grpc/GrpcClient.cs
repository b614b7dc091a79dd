using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using Google.Protobuf;

namespace CrmKpi.Testing.Grpc;

/// <summary>
/// A gRPC client over HTTP/2 without TLS, as plain as the protocol: messages in frames, the status in trailers. Methods are named by
/// their path.
/// </summary>
public sealed class GrpcClient : IDisposable
{
    private readonly HttpClient _http;

    /// <summary>A client of a server, with a key or without.</summary>
    public GrpcClient(Uri address, string? key = null)
    {
        Address = address;
        _http = new HttpClient(new SocketsHttpHandler { EnableMultipleHttp2Connections = true })
        {
            BaseAddress = address,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = TimeSpan.FromMinutes(5),
        };
        if (key is not null)
            _http.DefaultRequestHeaders.Authorization = new("Bearer", key);
    }

    /// <summary>The server.</summary>
    public Uri Address { get; }

    /// <summary>One message each way.</summary>
    public async Task<GrpcReply<TResponse>> Call<TResponse>(
        string method, IMessage request, bool gzip = false, TimeSpan? timeout = null, CancellationToken ct = default)
        where TResponse : class, IMessage<TResponse>, new()
    {
        using var message = Request(method, new ByteArrayContent(Frame(request, gzip)), timeout);
        if (gzip)
            message.Headers.Add("grpc-encoding", "gzip");
        using var answer = await _http.SendAsync(message, ct);
        var body = await answer.Content.ReadAsStreamAsync(ct);
        var response = await ReadFrame<TResponse>(body, ct);
        // Trailers are there when the body has been read to its end.
        var more = response is null ? null : await ReadFrame<TResponse>(body, ct);
        if (more is not null)
            throw new InvalidDataException($"{method} answered more than one message.");
        return new GrpcReply<TResponse>(response, GrpcStatus.Of(answer));
    }

    /// <summary>A stream in either direction. Dispose it to cancel the call.</summary>
    /// <param name="acceptsGzip">Whether the answers may come packed.</param>
    public GrpcDuplex<TRequest, TResponse> Open<TRequest, TResponse>(
        string method, TimeSpan? timeout = null, bool acceptsGzip = true)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>, new()
    {
        var content = new PushContent();
        var cancel = new CancellationTokenSource();
        return new GrpcDuplex<TRequest, TResponse>(
            content,
            _http.SendAsync(Request(method, content, timeout, acceptsGzip), HttpCompletionOption.ResponseHeadersRead, cancel.Token), cancel);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Request(string method, HttpContent content, TimeSpan? timeout, bool acceptsGzip = true)
    {
        content.Headers.TryAddWithoutValidation("Content-Type", "application/grpc");
        var message = new HttpRequestMessage(HttpMethod.Post, method)
        {
            Content = content,
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        message.Headers.TE.Add(new("trailers"));
        if (acceptsGzip)
            message.Headers.Add("grpc-accept-encoding", "gzip");
        if (timeout is { } wait)
            message.Headers.Add("grpc-timeout", string.Create(CultureInfo.InvariantCulture, $"{(long)wait.TotalMilliseconds}m"));
        return message;
    }

    /// <summary>A message behind its five bytes.</summary>
    internal static byte[] Frame(IMessage message, bool gzip)
    {
        var payload = message.ToByteArray();
        if (gzip)
        {
            using var packed = new MemoryStream();
            using (var stream = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
                stream.Write(payload);
            payload = packed.ToArray();
        }
        var frame = new byte[5 + payload.Length];
        frame[0] = gzip ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), payload.Length);
        payload.CopyTo(frame, 5);
        return frame;
    }

    /// <summary>The next message; null at the end.</summary>
    internal static async Task<TMessage?> ReadFrame<TMessage>(Stream body, CancellationToken ct)
        where TMessage : class, IMessage<TMessage>, new()
    {
        var header = new byte[5];
        var read = await body.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, ct);
        if (read == 0)
            return null;
        if (read < header.Length)
            throw new InvalidDataException("The answer ends within the header of a message.");
        var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1))];
        await body.ReadExactlyAsync(payload, ct);
        var message = new TMessage();
        if (header[0] == 0)
        {
            message.MergeFrom(payload);
            return message;
        }
        using var plain = new GZipStream(new MemoryStream(payload), CompressionMode.Decompress);
        message.MergeFrom(plain);
        return message;
    }
}
