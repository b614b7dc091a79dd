using System.Diagnostics;
using CrmKpi.Hosting.Access;
using CrmKpi.Postgres;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CrmKpi.Hosting.Telemetry;

/// <summary>
/// What the span of a request says: method and route as its name, the tenant, and whether it failed. Path and query stay out: they
/// hold names of people. Nothing is done for a request that is not recorded.
/// </summary>
/// <remarks>https://opentelemetry.io/docs/specs/semconv/http/http-spans/</remarks>
internal static class RequestTraces
{
    /// <summary>Goes behind routing, which it reads.</summary>
    public static void UseRequestTraces(this WebApplication app) => app.Use((context, next) =>
        Activity.Current is { IsAllDataRequested: true } activity ? Describe(context, activity, next) : next(context));

    private static async Task Describe(HttpContext context, Activity activity, RequestDelegate next)
    {
        var method = context.Request.Method;
        if (context.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route })
        {
            activity.DisplayName = $"{method} {route}";
            activity.SetTag("http.route", route);
        }
        activity.SetTag("http.request.method", method);
        activity.SetTag("url.scheme", context.Request.Scheme);
        activity.SetTag("network.protocol.version", context.Request.Protocol.Replace("HTTP/", "", StringComparison.Ordinal));
        if (context.Request.RouteValues.TryGetValue(AccessExtensions.TenantRouteValue, out var tenant))
            activity.SetTag(TenantKey.SpanAttribute, tenant);
        try
        {
            await next(context);
        }
        finally
        {
            var status = context.Response.StatusCode;
            activity.SetTag("http.response.status_code", status);
            if (status >= StatusCodes.Status500InternalServerError)
                activity.SetStatus(ActivityStatusCode.Error);
        }
    }
}
