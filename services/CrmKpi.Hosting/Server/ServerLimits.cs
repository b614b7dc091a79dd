using CrmKpi.Hosting.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace CrmKpi.Hosting.Server;

/// <summary>Kestrel with a limit on everything, and a deadline for its shutdown.</summary>
public static class ServerLimits
{
    private static readonly TimeSpan KeepAliveMax = TimeSpan.FromSeconds(130);

    /// <summary>Applies <see cref="ServerOptions"/>.</summary>
    public static WebApplicationBuilder AddServerLimits(this WebApplicationBuilder builder)
    {
        builder.AddStrictOptions<ServerOptions>(ServerOptions.Section);
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<ServerOptions>, IConfiguration>((kestrel, options, configuration) =>
        {
            var server = options.Value;
            var grace = TimeSpan.FromSeconds(server.RateSecondsGrace);
            kestrel.ListenFurther(server, configuration);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = server.BodyBytesMax;
            kestrel.Limits.MaxRequestHeadersTotalSize = server.HeaderBytesMax;
            kestrel.Limits.MaxRequestLineSize = server.RequestLineBytesMax;
            kestrel.Limits.MaxConcurrentConnections = server.ConnectionsMax;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(server.HeaderSecondsMax);
            kestrel.Limits.KeepAliveTimeout = KeepAliveMax;
            kestrel.Limits.MinRequestBodyDataRate = server.BodyBytesPerSecondMin > 0
                ? new MinDataRate(server.BodyBytesPerSecondMin, grace)
                : null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = server.Http2StreamsMax;
            kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(server.PingSecondsInterval);
            kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(server.PingSecondsMax);
            kestrel.Limits.MinResponseDataRate = server.AnswerBytesPerSecondMin > 0
                ? new MinDataRate(server.AnswerBytesPerSecondMin, grace)
                : null;
        });
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<ServerOptions>>((host, options) =>
            host.ShutdownTimeout = TimeSpan.FromSeconds(options.Value.DrainSeconds + options.Value.ShutdownSecondsMax));
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddHostedService<Drain>();
        return builder;
    }
}
