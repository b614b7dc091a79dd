using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace CrmKpi.Gateway.Routing;

/// <summary>
/// A destination whose host is a name becomes one destination for each address of the name, looked up anew now and then. A name
/// that cannot be resolved stays as it is, so that a service that is not there yet keeps nobody from starting: that is why YARP's
/// own resolver, which throws, is not used.
/// </summary>
internal sealed partial class NamedDestinations(
    IOptions<GatewayOptions> options, TimeProvider time, ILogger<NamedDestinations> logger) : IDestinationResolver
{
    private static readonly TimeSpan LookUpMax = TimeSpan.FromSeconds(5);

    private readonly TimeSpan _interval = TimeSpan.FromSeconds(options.Value.DnsSecondsInterval);

    public async ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(
        IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken)
    {
        if (_interval == TimeSpan.Zero || !destinations.Values.Any(HasName))
            return new ResolvedDestinationCollection(destinations, null);
        var resolved = new Dictionary<string, DestinationConfig>(StringComparer.Ordinal);
        foreach (var (id, destination) in destinations)
            foreach (var (partId, part) in await Resolve(id, destination, cancellationToken))
                resolved[partId] = part;
        // The proxy asks again when the token fires.
        var expiry = new CancellationTokenSource(_interval, time);
        return new ResolvedDestinationCollection(resolved, new CancellationChangeToken(expiry.Token));
    }

    private async Task<IEnumerable<(string Id, DestinationConfig Destination)>> Resolve(
        string id, DestinationConfig destination, CancellationToken ct)
    {
        if (!HasName(destination))
            return [(id, destination)];
        var uri = new Uri(destination.Address);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(LookUpMax);
            var addresses = await Dns.GetHostAddressesAsync(uri.Host, limit.Token);
            if (addresses.Length > 0)
                return addresses.Distinct().Select(address => ($"{id}[{address}]", destination with
                {
                    Address = new UriBuilder(uri) { Host = address.ToString() }.Uri.ToString(),
                    // The name goes on standing in the Host header and in the TLS handshake.
                    Host = destination.Host ?? uri.Authority,
                }));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            LogNotResolved(uri.Host, e.Message);
        }
        return [(id, destination)];
    }

    private static bool HasName(DestinationConfig destination) =>
        new Uri(destination.Address).HostNameType == UriHostNameType.Dns;

    [LoggerMessage(1201, LogLevel.Warning, "The name '{Host}' of a service cannot be resolved: {Reason}")]
    private partial void LogNotResolved(string host, string reason);
}
