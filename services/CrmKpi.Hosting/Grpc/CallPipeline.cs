using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Problems;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CrmKpi.Hosting.Grpc;

/// <summary>What a method does with a call.</summary>
internal delegate Task MethodHandler(ServerCall call, FrameReader requests, CallResponse responses);

/// <summary>What all calls of a server share.</summary>
internal sealed record CallEnvironment(TimeSpan IdleMax, CancellationToken Stopping, TimeProvider Time, ILogger Logger);

/// <summary>
/// The way of a call: 1. is it gRPC at all; 2. encoding, timeout and metadata are read; 3. the handler runs until it, or the call,
/// ends; 4. the status is sent.
/// </summary>
internal sealed partial class CallPipeline(
    MethodDescriptor method, GrpcLimits limits, MethodHandler handler, CallEnvironment environment)
{
    private readonly ILogger _logger = environment.Logger;

    public async Task Handle(HttpContext context)
    {
        // 1. Is it gRPC at all?
        if (Wire.Refusal(context.Request) is { } refusal)
        {
            await refusal.ExecuteAsync(context);
            return;
        }

        // 2. Encoding, timeout and metadata.
        TimeSpan? timeout;
        Metadata metadata;
        try
        {
            CheckEncoding(context.Request);
            timeout = Wire.ReadTimeout(context.Request.Headers[Wire.Timeout]);
            if (timeout == TimeSpan.Zero)
                throw StatusOf(CallEnd.Deadline);
            metadata = Metadata.Read(context.Request.Headers);
        }
        catch (RpcException e)
        {
            StatusTrailers.Answer(context.Response, e);
            return;
        }

        PrepareTransport(context);
        // A unary call is short and let finish; a stream would keep a stopping service up, and outlive its caller's key.
        var isStream = method.IsClientStreaming || method.IsServerStreaming;
        using var lease = isStream && context.CallerOrNull() is not null ? context.HoldCaller() : null;
        using var lifetime = new CallLifetime(
            timeout, environment.IdleMax, context.RequestAborted, isStream ? environment.Stopping : CancellationToken.None,
            lease?.Ended ?? CancellationToken.None, environment.Time);
        var requestGzip = context.Request.Headers[Wire.Encoding] == Wire.Gzip;
        var frames = new FrameReader(context.Request.BodyReader, requestGzip, limits.ReceiveBytesMax, lifetime);
        var response = new CallResponse(context, lifetime, limits, Accepts(context.Request, Wire.Gzip));
        await Run(new ServerCall(context, method, metadata, frames, response, lifetime), frames, response, lifetime);
    }

    private async Task Run(ServerCall call, FrameReader frames, CallResponse response, CallLifetime lifetime)
    {
        // 3. The handler runs until it, or the call, ends.
        CallTraces.Begin(method);
        var work = Invoke(call, frames, response);
        if (await Task.WhenAny(work, lifetime.Ended) != work && lifetime.Reason != CallEnd.CallerGone)
            await response.Cut(StatusOf(lifetime.Reason));

        // 4. The status. A handler that outlives its call is awaited: the request belongs to it.
        try
        {
            await work;
            await response.Finish(null);
            CallTraces.End(StatusCode.OK);
        }
        catch (Exception e)
        {
            var error = StatusOf(e, call.HttpContext, lifetime.Reason);
            await response.Finish(error);
            CallTraces.End(error.Status.Code);
        }
    }

    private async Task Invoke(ServerCall call, FrameReader frames, CallResponse response) =>
        await handler(call, frames, response);

    private static void PrepareTransport(HttpContext context)
    {
        GrpcRequests.LiftBodyLimits(context);
        context.Response.ContentType = Wire.ContentType;
        context.Response.Headers[Wire.AcceptEncoding] = Wire.EncodingsRead;
    }

    private static void CheckEncoding(HttpRequest request)
    {
        var encoding = request.Headers[Wire.Encoding].ToString();
        if (encoding is not ("" or Wire.Identity or Wire.Gzip))
            throw new RpcException(new Status(
                StatusCode.Unimplemented, $"The encoding of {Wire.Encoding} is not supported: {Wire.EncodingsRead} are."));
    }

    private static bool Accepts(HttpRequest request, string encoding) =>
        request.Headers[Wire.AcceptEncoding].ToString().Split(',').Any(e => e.AsSpan().Trim().SequenceEqual(encoding));

    private static RpcException StatusOf(CallEnd end) => end == CallEnd.Credential
        ? ProblemStatus.Of(CallerLease.Problem)
        : new RpcException(end switch
        {
            CallEnd.CallerGone => new Status(StatusCode.Cancelled, "The caller is gone."),
            CallEnd.Deadline => new Status(StatusCode.DeadlineExceeded, "The deadline passed before the call was done."),
            CallEnd.Idle => new Status(StatusCode.DeadlineExceeded, "Nothing moved for too long; call again when there is more to send."),
            CallEnd.Stopping => new Status(StatusCode.Unavailable, "The service is stopping; call again."),
            _ => throw new ArgumentOutOfRangeException(nameof(end), end, null),
        });

    private RpcException StatusOf(Exception exception, HttpContext context, CallEnd end)
    {
        if (exception is RpcException known)
            return known;
        if (exception is OperationCanceledException && end != CallEnd.None)
            return StatusOf(end);
        var problem = KnownProblems.Of(exception);
        if (problem is null)
            LogUnhandled(exception, method.FullName);
        else if (problem.Status >= StatusCodes.Status500InternalServerError)
            LogUnavailable(method.FullName, problem.Code, exception.Message);
        return ProblemStatus.Of(problem ?? KnownProblems.Internal(context));
    }

    [LoggerMessage(1301, LogLevel.Error, "The gRPC method {Method} failed")]
    private partial void LogUnhandled(Exception exception, string method);

    [LoggerMessage(1302, LogLevel.Warning, "The gRPC method {Method} answered {Code}: {Reason}")]
    private partial void LogUnavailable(string method, string code, string reason);
}
