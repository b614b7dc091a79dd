using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;

namespace CrmKpi.Hosting.Server;

/// <summary>
/// Addresses beside those of <c>urls</c>: for HTTP/2 without TLS, and for management. Without TLS nothing on the wire tells the versions
/// of HTTP apart, so that each such address serves one of them.
/// </summary>
internal static class FurtherAddresses
{
    private const string UrlsDefault = "http://localhost:5000";

    /// <summary>Listens on them, and on <c>urls</c>, which the server would drop where anything else is named.</summary>
    public static void ListenFurther(this KestrelServerOptions kestrel, ServerOptions options, IConfiguration configuration)
    {
        var http2 = Split(options.Http2Urls, ',').ToList();
        if (http2.Count == 0 && options.ManagementUrl.Length == 0)
            return;
        if (!configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
            foreach (var url in Split(UrlsOf(configuration), ';'))
                ListenOnUrl(kestrel, url, besideHttp2: http2.Count > 0);
        foreach (var url in http2)
            Listen(kestrel, PlainAddress(url, "Server:Http2Urls"), listen => listen.Protocols = HttpProtocols.Http2);
        if (options.ManagementUrl.Length > 0)
            Listen(kestrel, PlainAddress(options.ManagementUrl, "Server:ManagementUrl"), listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                ManagementPort.Mark(listen);
            });
        // Taken over above; the server would warn that it drops them.
        configuration[WebHostDefaults.ServerUrlsKey] = null;
        configuration[WebHostDefaults.HttpPortsKey] = null;
    }

    private static void ListenOnUrl(KestrelServerOptions kestrel, string url, bool besideHttp2)
    {
        var address = BindingAddress.Parse(url);
        if (address.Scheme == "https" && !besideHttp2)
            Listen(kestrel, address, listen => listen.UseHttps());
        else if (address.Scheme != "http" || address.IsUnixPipe)
            throw new InvalidOperationException(
                $"'{url}' cannot be listened on beside Server:Http2Urls: only http:// addresses can. " +
                "With TLS (Kestrel:Endpoints) one port serves HTTP/1.1 and HTTP/2; Server:Http2Urls is not needed then.");
        else
            Listen(kestrel, address, listen => listen.Protocols = HttpProtocols.Http1);
    }

    private static BindingAddress PlainAddress(string url, string setting)
    {
        var address = BindingAddress.Parse(url);
        return address.Scheme == "http" && !address.IsUnixPipe
            ? address
            : throw new InvalidOperationException($"{setting} is '{url}'; it takes http:// addresses only.");
    }

    private static string UrlsOf(IConfiguration configuration)
    {
        if (configuration[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } urls)
            return urls;
        // What container images set.
        return configuration[WebHostDefaults.HttpPortsKey] is { Length: > 0 } ports
            ? string.Join(';', Split(ports, ';').Select(port => $"http://*:{port}"))
            : UrlsDefault;
    }

    private static void Listen(KestrelServerOptions kestrel, BindingAddress address, Action<ListenOptions> configure)
    {
        if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            kestrel.ListenLocalhost(address.Port, configure);
        else if (IPAddress.TryParse(address.Host, out var ip))
            kestrel.Listen(ip, address.Port, configure);
        else
            kestrel.ListenAnyIP(address.Port, configure);
    }

    private static string[] Split(string text, char separator) =>
        text.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
