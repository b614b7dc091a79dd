using System.Buffers;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace CrmKpi.Hosting.Telemetry;

/// <summary>
/// Every request has an id: the caller's <c>X-Request-Id</c> when it is well-formed, else the trace id. It is answered in the
/// same header and stands in every log line of the request.
/// </summary>
public static class RequestIds
{
    /// <summary>The header.</summary>
    public const string Header = "X-Request-Id";

    private const int LengthMax = 64;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

    /// <summary>Sets <see cref="HttpContext.TraceIdentifier"/> and the answer's header.</summary>
    public static void UseRequestIds(this WebApplication app) => app.Use((context, next) =>
    {
        var given = context.Request.Headers[Header].ToString();
        context.TraceIdentifier = IsWellFormed(given)
            ? given
            : Activity.Current?.TraceId.ToHexString() ?? Guid.NewGuid().ToString("N");
        context.Response.Headers[Header] = context.TraceIdentifier;
        return next(context);
    });

    // What a caller sends reaches the logs, so nothing but plain characters may.
    private static bool IsWellFormed(string id) =>
        id.Length is > 0 and <= LengthMax && !id.AsSpan().ContainsAnyExcept(Allowed);
}
