using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace CrmKpi.Gateway.Limits;

/// <summary>
/// Who a client is behind proxies: the last address in <c>X-Forwarded-For</c> that no trusted proxy has. Without trusted proxies the
/// socket's address counts, whatever the headers say.
/// </summary>
internal static class ForwardedClients
{
    public static void UseForwardedClients(this WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value.TrustedProxies;
        if (GatewayOptions.ListOf(proxies) is not { Count: > 0 } trusted)
            return;
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var text in trusted)
            options.KnownIPNetworks.Add(GatewayOptions.NetworkOf(text)!.Value);
        app.UseForwardedHeaders(options);
    }
}
