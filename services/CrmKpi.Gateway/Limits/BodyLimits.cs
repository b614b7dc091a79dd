using CrmKpi.Gateway.Routing;
using CrmKpi.Hosting.Grpc;
using CrmKpi.Hosting.Problems;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Model;

namespace CrmKpi.Gateway.Limits;

/// <summary>
/// How long a body may be: a stream of events without limit (it passes through, chunk by chunk), other events as long as a batch,
/// a gRPC call too (each of its messages is limited by its service), anything else as the server's default says.
/// </summary>
internal static class BodyLimits
{
    private const long DrainBytesMax = 64 * 1024 * 1024;

    private const string Stream = "application/x-ndjson";

    public static void UseBodyLimits(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<GatewayOptions>>().Value;
        app.Use((context, next) =>
        {
            if (context.Request.IsGrpc())
            {
                GrpcRequests.LiftBodyLimits(context);
                return next(context);
            }
            var limit = context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>();
            if (context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>()?.Config.RouteId == RouteTable.EventsRoute)
                limit.MaxRequestBodySize = IsStream(context.Request) ? null : options.BatchBytesMax;
            if (limit.MaxRequestBodySize is not { } bytesMax || context.Request.ContentLength is not { } length || length <= bytesMax)
                return next(context);
            // The server reads on for a few seconds and throws away, so that the client sees the answer; its own limit would cut the
            // connection instead.
            limit.MaxRequestBodySize = Math.Max(bytesMax, DrainBytesMax);
            return TooLarge(bytesMax).ExecuteAsync(context);
        });
    }

    private static bool IsStream(HttpRequest request) =>
        request.ContentType is { } type && type.StartsWith(Stream, StringComparison.OrdinalIgnoreCase);

    private static Problem TooLarge(long bytesMax) =>
        KnownProblems.OfStatus(StatusCodes.Status413PayloadTooLarge) with
        {
            Detail = $"A body for this address may have {bytesMax} bytes at most; nothing of it was read in. " +
                $"Events sent as {Stream} may have any length.",
            Members = json => json.WriteNumber("bytesMax", bytesMax),
        };
}
