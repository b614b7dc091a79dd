using CrmKpi.Hosting.Grpc;
using CrmKpi.Hosting.Problems;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace CrmKpi.Gateway.Routing;

/// <summary>
/// Ends the answer to a call with a status when it breaks off behind us. The proxy resets such a stream, which gRPC clients take
/// for an error of ours that no retry mends, or for a cancellation.
/// </summary>
internal sealed class StatusForReset(HttpContext context, IHttpResetFeature inner) : IHttpResetFeature
{
    /// <inheritdoc/>
    public void Reset(int errorCode)
    {
        // The proxy tells the reason before it resets; its error codes do not.
        var error = context.Features.Get<IForwarderErrorFeature>();
        var status = IsSilence(error?.Exception) ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway;
        if (error is null || context.RequestAborted.IsCancellationRequested
            || !GrpcRequests.TryEndAnswer(context, KnownProblems.OfStatus(status)))
            inner.Reset(errorCode);
    }

    // The proxy gave it up and nothing else happened. When the answer breaks off, the request that is given up with it is told beside.
    private static bool IsSilence(Exception? exception) => exception switch
    {
        OperationCanceledException => true,
        AggregateException all => all.InnerExceptions.All(IsSilence),
        _ => false,
    };
}

/// <summary>Puts <see cref="StatusForReset"/> in front of the proxy.</summary>
internal static class StatusForResetExtensions
{
    public static void UseStatusForReset(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.Request.IsGrpc() && context.Features.Get<IHttpResetFeature>() is { } reset)
            context.Features.Set<IHttpResetFeature>(new StatusForReset(context, reset));
        return next(context);
    });
}
