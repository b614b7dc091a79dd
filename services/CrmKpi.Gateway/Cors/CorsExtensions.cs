using CrmKpi.Hosting.Configuration;
using CrmKpi.Hosting.Telemetry;
using Microsoft.Extensions.Options;

namespace CrmKpi.Gateway.Cors;

/// <summary>
/// Cross-origin requests, as <see cref="CorsOptions"/> allow. Without credentials: a page shows its key in a header, so that no
/// cookie and no key of the browser's can be used by a page that its user did not mean.
/// </summary>
internal static class CorsExtensions
{
    private static readonly string[] Methods = ["GET", "PUT", "POST", "DELETE"];

    private static readonly string[] Allowed =
        ["Authorization", "X-Api-Key", "Content-Type", "Content-Encoding", "If-None-Match", "Last-Event-ID", RequestIds.Header];

    private static readonly string[] Exposed =
    [
        "ETag", "Location", "Retry-After", RequestIds.Header, "CrmKpi-Sequence", "CrmKpi-Lag", "CrmKpi-Next-Page", "RateLimit",
        "RateLimit-Policy", "Deprecation", "Sunset", "Link",
    ];

    public static WebApplicationBuilder AddGatewayCors(this WebApplicationBuilder builder)
    {
        builder.AddStrictOptions<CorsOptions>(CorsOptions.Section);
        builder.Services.AddCors();
        return builder;
    }

    /// <summary>
    /// Answers preflights, which carry no key, and lets pages read answers, errors too. Nothing happens without origins: then a
    /// preflight is a method that no address answers.
    /// </summary>
    public static void UseGatewayCors(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<CorsOptions>>().Value;
        if (options.OriginList.Count == 0)
            return;
        app.UseCors(policy => policy
            .WithOrigins([.. options.OriginList])
            .SetIsOriginAllowedToAllowWildcardSubdomains()
            .WithMethods(Methods)
            .WithHeaders(Allowed)
            .WithExposedHeaders(Exposed)
            .SetPreflightMaxAge(TimeSpan.FromSeconds(options.PreflightSeconds)));
    }
}
