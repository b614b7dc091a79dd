using CrmKpi.Hosting.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace CrmKpi.Hosting.Grpc;

/// <summary>gRPC as seen by who only passes it on.</summary>
public static class GrpcRequests
{
    /// <summary>True when the request speaks gRPC.</summary>
    public static bool IsGrpc(this HttpRequest request) => Wire.IsGrpc(request);

    /// <summary>
    /// Takes the limits of bodies away: messages are limited one by one where the call is served, and a stream may be silent.
    /// </summary>
    public static void LiftBodyLimits(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
    }

    /// <summary>
    /// Gives an answer that has begun and will not go on the status of a problem, sent when the request ends; false when it has
    /// no room for one.
    /// </summary>
    public static bool TryEndAnswer(HttpContext context, Problem problem)
    {
        if (context.Features.Get<IHttpResponseTrailersFeature>() is not { Trailers.IsReadOnly: false } trailing)
            return false;
        StatusTrailers.Write(trailing.Trailers, ProblemStatus.Of(problem), new Metadata());
        return true;
    }
}
