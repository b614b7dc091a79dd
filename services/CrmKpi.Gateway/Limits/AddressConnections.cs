using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace CrmKpi.Gateway.Limits;

/// <summary>
/// How many connections an address may have open: one more is cut off at once, so that one client cannot take all that the
/// server accepts. Trusted proxies, which have one address for many clients, are not counted. An address without a
/// connection has no entry.
/// </summary>
internal sealed class AddressConnections(IOptions<LimitOptions> limits, IOptions<GatewayOptions> gateway)
{
    private readonly ConcurrentDictionary<IPAddress, int> _open = new();
    private readonly int _connectionsMax = limits.Value.AddressConnectionsMax;
    private readonly IPNetwork[] _proxies =
        [.. GatewayOptions.ListOf(gateway.Value.TrustedProxies).Select(text => GatewayOptions.NetworkOf(text)!.Value)];

    /// <summary>Puts it in front of every endpoint.</summary>
    public static void Configure(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<AddressConnections>();
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IServiceProvider>((kestrel, services) =>
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(next =>
            {
                var connections = services.GetRequiredService<AddressConnections>();
                return connection => connections.Invoke(connection, next);
            })));
    }

    private Task Invoke(ConnectionContext connection, ConnectionDelegate next)
    {
        if ((connection.RemoteEndPoint as IPEndPoint)?.Address is not { } address)
            return next(connection);
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return _proxies.Any(proxy => proxy.Contains(address)) ? next(connection) : InvokeCounted(address, connection, next);
    }

    private async Task InvokeCounted(IPAddress address, ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            if (_open.AddOrUpdate(address, 1, (_, open) => open + 1) <= _connectionsMax)
                await next(connection);
            else
                connection.Abort(new ConnectionAbortedException("The address has too many connections open."));
        }
        finally
        {
            // Removed only if it is still zero.
            if (_open.AddOrUpdate(address, 0, (_, open) => open - 1) == 0)
                _open.TryRemove(new KeyValuePair<IPAddress, int>(address, 0));
        }
    }
}
