using CrmKpi.Gateway.Limits;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Server;
using CrmKpi.Hosting.Telemetry;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.ServiceDiscovery;
using Yarp.ReverseProxy.Transforms;

namespace CrmKpi.Gateway.Routing;

/// <summary>The reverse proxy.</summary>
internal static class ProxyExtensions
{
    /// <summary>Registers it with its routes, services and the headers it changes.</summary>
    public static WebApplicationBuilder AddGatewayProxy(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IProxyConfigProvider, BackEnds>();
        builder.Services.AddSingleton<IForwarderHttpClientFactory, PatientClientFactory>();
        builder.Services.AddSingleton<IDestinationResolver, NamedDestinations>();
        builder.Services.AddSingleton<SecondAttempt>();
        builder.Services.AddRequestTimeouts();
        BackEnds.AddForwardedServices(builder.Services);
        builder.Services.AddReverseProxy()
            .AddTransforms(transforms =>
            {
                transforms.AddRequestTransform(context =>
                {
                    context.ProxyRequest.Headers.Remove(RequestIds.Header);
                    context.ProxyRequest.Headers.TryAddWithoutValidation(
                        RequestIds.Header, context.HttpContext.TraceIdentifier);
                    return ValueTask.CompletedTask;
                });
                transforms.AddResponseTransform(context =>
                {
                    // The gateway's own value stands; that of the service behind it would be a second one.
                    var headers = context.HttpContext.Response.Headers;
                    headers[RequestIds.Header] = context.HttpContext.TraceIdentifier;
                    headers.Remove("Server");
                    headers.Remove(AcceptedCredential.Header, out var caller);
                    context.HttpContext.Features.Get<RequestLimits.Verdict>()?.Hear(
                        caller, context.HttpContext.Response.StatusCode);
                    return ValueTask.CompletedTask;
                });
            });
        return builder;
    }

    /// <summary>Maps its routes.</summary>
    public static void MapGatewayProxy(this WebApplication app)
    {
        app.UseRequestTimeouts();
        var second = app.Services.GetRequiredService<SecondAttempt>();
        app.MapReverseProxy(proxy =>
        {
            proxy.Use(AnswerTimeout);
            proxy.Use(AnswerBreak);
            proxy.Use((context, next) => second.Invoke(context, next));
            proxy.UseLoadBalancing();
            proxy.UsePassiveHealthChecks();
        });
    }

    /// <summary>The proxy takes the end of the total time for a client that has gone, which it answers with 400.</summary>
    private static async Task AnswerTimeout(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (!context.Response.HasStarted
            && context.Features.Get<IHttpRequestTimeoutFeature>()?.RequestTimeoutToken.IsCancellationRequested == true)
            context.Response.StatusCode = StatusCodes.Status504GatewayTimeout;
    }

    /// <summary>
    /// When the connection to a service breaks while a body is sent to it, its copying is cancelled; the proxy takes that for a
    /// client that broke off, which it answers with 400. A client that is still there shall know that it may send again.
    /// </summary>
    private static async Task AnswerBreak(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (!context.Response.HasStarted && context.Response.StatusCode == StatusCodes.Status400BadRequest
            && !context.RequestAborted.IsCancellationRequested
            && context.Features.Get<IForwarderErrorFeature>() is { Error: ForwarderError.RequestBodyClient } error
            && (error.Exception is OperationCanceledException
                || error.Exception is AggregateException all && all.InnerExceptions.Any(e => e is OperationCanceledException)))
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
    }

    private sealed class PatientClientFactory(
        IOptions<GatewayOptions> options, IOptions<ServerOptions> server) : ForwarderHttpClientFactory
    {
        protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
        {
            base.ConfigureHandler(context, handler);
            handler.ConnectTimeout = TimeSpan.FromSeconds(options.Value.ConnectSecondsMax);
            // A service whose machine is gone is noticed under a stream that waits for news, too.
            handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
            handler.KeepAlivePingDelay = TimeSpan.FromSeconds(server.Value.PingSecondsInterval);
            handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(server.Value.PingSecondsMax);
        }
    }
}
