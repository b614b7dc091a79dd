using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace CrmKpi.Gateway.Tls;

/// <summary>
/// The certificate of the TLS options, read anew when its files have changed: by their content, because a mounted secret changes
/// behind a link. Files that do not go together (a renewal under way) leave the certificate as it is.
/// </summary>
internal sealed partial class CertificateFiles : BackgroundService
{
    private readonly TlsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<CertificateFiles> _logger;
    private volatile SslStreamCertificateContext _current;
    private byte[] _content;

    public CertificateFiles(IOptions<TlsOptions> options, TimeProvider time, ILogger<CertificateFiles> logger)
    {
        (_options, _time, _logger) = (options.Value, time, logger);
        (var certificate, var key, _content) = Read();
        _current = Make(certificate, key);
    }

    /// <summary>For the next connection.</summary>
    public SslStreamCertificateContext Current => _current;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(_options.ReloadSecondsInterval), _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            try
            {
                var (certificate, key, content) = Read();
                if (content.AsSpan().SequenceEqual(_content))
                    continue;
                _current = Make(certificate, key);
                _content = content;
                LogRenewed(_current.TargetCertificate.NotAfter.ToUniversalTime());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException
                or ArgumentException)
            {
                LogNotRead(e);
            }
    }

    private (string Certificate, string Key, byte[] Content) Read()
    {
        var certificate = File.ReadAllText(_options.CertificateFile!);
        var key = File.ReadAllText(_options.KeyFile!);
        return (certificate, key, SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{certificate}\0{key}")));
    }

    private static SslStreamCertificateContext Make(string certificatePem, string keyPem)
    {
        var certificate = X509Certificate2.CreateFromPem(certificatePem, keyPem);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificatePem);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    [LoggerMessage(1211, LogLevel.Information, "The TLS certificate was renewed; it is valid until {Until:u}")]
    private partial void LogRenewed(DateTime until);

    [LoggerMessage(1212, LogLevel.Error, "The files of the TLS certificate cannot be used; the one read before stays")]
    private partial void LogNotRead(Exception e);
}
