using System.Globalization;
using System.Security.Authentication;
using CrmKpi.Hosting.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace CrmKpi.Gateway.Tls;

/// <summary>TLS as a feature of the gateway.</summary>
internal static class TlsExtensions
{
    private const string Health = "/health";

    public static WebApplicationBuilder AddTls(this WebApplicationBuilder builder)
    {
        builder.AddStrictOptions<TlsOptions>(TlsOptions.Section);
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IServiceProvider>((kestrel, services) =>
        {
            if (services.GetRequiredService<IOptions<TlsOptions>>().Value.CertificateFile is null)
                return;
            var files = services.GetRequiredService<CertificateFiles>();
            kestrel.ConfigureHttpsDefaults(https =>
            {
                https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
                https.ServerCertificateSelector = (_, _) => files.Current.TargetCertificate;
                // The whole chain is sent, prepared once a certificate and not once a connection.
                https.OnAuthenticate = (_, tls) =>
                {
                    tls.ServerCertificateSelectionCallback = null;
                    tls.ServerCertificateContext = files.Current;
                };
            });
        });
        builder.Services.AddSingleton<CertificateFiles>();
        builder.Services.AddHostedService<Renewal>();
        return builder;
    }

    /// <summary>Sends requests without TLS away, and tells browsers never to come without it again.</summary>
    public static void UseTls(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<TlsOptions>>().Value;
        var maxAge = string.Create(CultureInfo.InvariantCulture, $"max-age={options.HstsDays * 86_400L}");
        app.Use((context, next) =>
        {
            var request = context.Request;
            if (request.IsHttps && options.HstsDays > 0)
                context.Response.Headers.StrictTransportSecurity = maxAge;
            if (request.IsHttps || options.RedirectToPort == 0 || request.Path.StartsWithSegments(Health))
                return next(context);
            var host = options.RedirectToPort == 443
                ? new HostString(request.Host.Host)
                : new HostString(request.Host.Host, options.RedirectToPort);
            context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            context.Response.Headers.Location = $"https://{host}{request.PathBase}{request.Path}{request.QueryString}";
            return Task.CompletedTask;
        });
    }

    /// <summary>Keeps the certificate new where there is one.</summary>
    private sealed class Renewal(IOptions<TlsOptions> options, IServiceProvider services) : IHostedService
    {
        private CertificateFiles? _files;

        public Task StartAsync(CancellationToken cancellationToken) =>
            options.Value.CertificateFile is null
                ? Task.CompletedTask
                : (_files = services.GetRequiredService<CertificateFiles>()).StartAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) =>
            _files?.StopAsync(cancellationToken) ?? Task.CompletedTask;
    }
}
