using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;

namespace CrmKpi.Hosting.Grpc;

/// <summary>A call in progress.</summary>
public sealed class ServerCall
{
    private readonly FrameReader _frames;
    private readonly CallResponse _response;
    private readonly CallLifetime _lifetime;

    internal ServerCall(
        HttpContext context, MethodDescriptor method, Metadata requestHeaders, FrameReader frames, CallResponse response,
        CallLifetime lifetime)
    {
        (HttpContext, Method, RequestHeaders) = (context, method, requestHeaders);
        (_frames, _response, _lifetime) = (frames, response, lifetime);
    }

    /// <summary>The request that carries the call.</summary>
    public HttpContext HttpContext { get; }

    /// <summary>Which method is called.</summary>
    public MethodDescriptor Method { get; }

    /// <summary>Until when the caller waits; null = for ever.</summary>
    public DateTimeOffset? Deadline => _lifetime.Deadline;

    /// <summary>
    /// Fires when the call has ended before its handler: the caller gave up or is gone, the deadline passed, a stream stood idle
    /// for too long, or the service stops (streams only: a unary call is let finish).
    /// </summary>
    public CancellationToken CancellationToken => _lifetime.Token;

    /// <summary>What the caller sent along.</summary>
    public Metadata RequestHeaders { get; }

    /// <summary>Sent with the status, whatever it is.</summary>
    public Metadata ResponseTrailers => _response.Trailers;

    /// <summary>
    /// Whether messages from now on are compressed, if the caller takes that and they are worth it
    /// (<see cref="GrpcLimits.CompressBytesMin"/>).
    /// </summary>
    public bool CompressResponse
    {
        get => _response.Compress;
        set => _response.Compress = value;
    }

    /// <summary>Whether the message read last came compressed.</summary>
    public bool RequestWasCompressed => _frames.LastWasCompressed;

    /// <summary>Sends headers before the first message, at most once.</summary>
    public Task WriteResponseHeaders(Metadata headers) => _response.Start(headers);
}
