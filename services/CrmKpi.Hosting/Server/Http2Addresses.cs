using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;

namespace CrmKpi.Hosting.Server;

/// <summary>
/// Addresses for HTTP/2 without TLS beside those of <c>urls</c>. Without TLS nothing on the wire tells the versions of HTTP apart, so
/// that each address serves one of them.
/// </summary>
internal static class Http2Addresses
{
    private const string UrlsDefault = "http://localhost:5000";

    /// <summary>Listens on them, and on <c>urls</c>, which the server would drop where anything else is named.</summary>
    public static void ListenHttp2(this KestrelServerOptions kestrel, ServerOptions options, IConfiguration configuration)
    {
        var http2 = Split(options.Http2Urls, ',').ToList();
        if (http2.Count == 0)
            return;
        if (!configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
            foreach (var url in Split(Http1Urls(configuration), ';'))
                Listen(kestrel, url, HttpProtocols.Http1);
        foreach (var url in http2)
            Listen(kestrel, url, HttpProtocols.Http2);
        // Taken over above; the server would warn that it drops them.
        configuration[WebHostDefaults.ServerUrlsKey] = null;
        configuration[WebHostDefaults.HttpPortsKey] = null;
    }

    private static string Http1Urls(IConfiguration configuration)
    {
        if (configuration[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } urls)
            return urls;
        // What container images set.
        return configuration[WebHostDefaults.HttpPortsKey] is { Length: > 0 } ports
            ? string.Join(';', Split(ports, ';').Select(port => $"http://*:{port}"))
            : UrlsDefault;
    }

    private static void Listen(KestrelServerOptions kestrel, string url, HttpProtocols protocols)
    {
        var address = BindingAddress.Parse(url);
        if (address.Scheme != "http" || address.IsUnixPipe)
            throw new InvalidOperationException(
                $"'{url}' cannot be listened on beside Server:Http2Urls: only http:// addresses can. " +
                "With TLS (Kestrel:Endpoints) one port serves HTTP/1.1 and HTTP/2; Server:Http2Urls is not needed then.");
        void Configure(ListenOptions listen) => listen.Protocols = protocols;
        if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            kestrel.ListenLocalhost(address.Port, Configure);
        else if (IPAddress.TryParse(address.Host, out var ip))
            kestrel.Listen(ip, address.Port, Configure);
        else
            kestrel.ListenAnyIP(address.Port, Configure);
    }

    private static string[] Split(string text, char separator) =>
        text.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
