using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using static CrmKpi.Services.Tests.Gateway.Doors;

namespace CrmKpi.Services.Tests.Gateway;

/// <summary>TLS from files: at least 1.2, renewed without a restart.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("crmkpi-tls-");

    private string CertificateFile => Path.Combine(_directory.FullName, "tls.crt");
    private string KeyFile => Path.Combine(_directory.FullName, "tls.key");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Https_is_served_with_the_certificate_of_the_files_and_browsers_are_told_to_stay_with_it()
    {
        var written = Write();
        await using var service = await Service(_ => Task.CompletedTask);
        await using var door = await Door(service.Urls.Single());
        using var answer = await Ask(door, out var seen);
        Assert.Equal((HttpStatusCode.OK, written), (answer.StatusCode, seen.Single()));
        Assert.Equal("max-age=31536000", Assert.Single(answer.Headers.GetValues("Strict-Transport-Security")));

        using var plain = await new HttpClient().GetAsync($"{Url(door, "http")}/v1/tenants");
        Assert.False(plain.Headers.Contains("Strict-Transport-Security"));
    }

    [Fact]
    public async Task Https_is_served_beside_the_address_of_management_too()
    {
        var written = Write();
        await using var service = await Service(_ => Task.CompletedTask);
        await using var door = await Door(service.Urls.Single(), new() { ["Server:ManagementUrl"] = "http://127.0.0.1:0" });
        using var answer = await Ask(door, out var seen);
        Assert.Equal((HttpStatusCode.OK, written), (answer.StatusCode, seen.Single()));
        using var live = await new HttpClient().GetAsync($"{door.Urls.Last()}/health/live");
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, true)]
#pragma warning disable SYSLIB0039, CA5397 // It is tested that they are refused.
    [InlineData(SslProtocols.Tls11, false)]
#pragma warning restore SYSLIB0039, CA5397
    public async Task Old_protocols_are_refused(SslProtocols protocol, bool isServed)
    {
        Write();
        await using var door = await Door(Installation.Nowhere);
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync("127.0.0.1", new Uri(Url(door, "https")).Port);
        await using var tls = new SslStream(socket.GetStream(), false, (_, _, _, _) => true);
        var hello = tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = protocol,
        });
        if (isServed)
            await hello;
        else
            await Assert.ThrowsAnyAsync<Exception>(() => hello);
        Assert.Equal(isServed, tls.IsAuthenticated);
    }

    [Fact]
    public async Task A_renewed_certificate_is_used_without_a_restart_and_files_that_do_not_go_together_are_not()
    {
        var first = Write();
        await using var door = await Door(Installation.Nowhere);
        await File.WriteAllTextAsync(KeyFile, ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportPkcs8PrivateKeyPem());
        for (var i = 0; i < 10; i++)
        {
            await Task.Delay(30);
            Assert.Equal(first, await Served(door));
        }
        var second = Write();
        Assert.NotEqual(first, second);
        while (await Served(door) != second)
            await Task.Delay(30);
    }

    [Fact]
    public async Task Requests_without_tls_are_sent_to_the_other_port_but_those_for_health()
    {
        Write();
        await using var service = await Service(_ => Task.CompletedTask);
        await using var door = await Door(service.Urls.Single(), new() { ["Tls:RedirectToPort"] = "8443" });
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(Url(door, "http")) };
        using var sent = await client.GetAsync("/v1/tenants?limit=1");
        Assert.Equal(HttpStatusCode.PermanentRedirect, sent.StatusCode);
        Assert.Equal(new Uri("https://127.0.0.1:8443/v1/tenants?limit=1"), sent.Headers.Location);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live")).StatusCode);
        using var answer = await Ask(door, out _);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        await using var standard = await Door(service.Urls.Single(), new() { ["Tls:RedirectToPort"] = "443", ["Tls:HstsDays"] = "0" });
        using var other = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(Url(standard, "http")) };
        Assert.Equal(new Uri("https://127.0.0.1/v1/tenants"), (await other.GetAsync("/v1/tenants")).Headers.Location);
        using var without = await Ask(standard, out _);
        Assert.False(without.Headers.Contains("Strict-Transport-Security"));
    }

    [Theory]
    [InlineData("nothing.crt", "tls.key", "no file")]
    [InlineData("tls.crt", null, "go together")]
    [InlineData("tls.crt", "tls.crt", "key")]
    public async Task Files_that_are_not_there_or_not_right_keep_the_gateway_from_starting(string certificate, string? key, string reason)
    {
        Write();
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Door(Installation.Nowhere, new()
        {
            ["Tls:CertificateFile"] = Path.Combine(_directory.FullName, certificate),
            ["Tls:KeyFile"] = key is null ? null : Path.Combine(_directory.FullName, key),
        }));
        Assert.Contains(reason, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    private Task<WebApplication> Door(string ingestion, Dictionary<string, string?>? more = null)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Tls:CertificateFile"] = CertificateFile,
            ["Tls:KeyFile"] = KeyFile,
            ["Tls:ReloadSecondsInterval"] = "0.1",
        };
        foreach (var (key, value) in more ?? [])
            settings[key] = value;
        return Open(ingestion, settings, builder => builder.WebHost.UseUrls("http://127.0.0.1:0", "https://127.0.0.1:0"));
    }

    private static string Url(WebApplication door, string scheme) =>
        door.Urls.Single(url => url.StartsWith($"{scheme}:", StringComparison.Ordinal));

    /// <summary>The thumbprint that a new connection sees.</summary>
    private static async Task<string> Served(WebApplication door)
    {
        using var answer = await Ask(door, out var seen, "/health/live");
        return seen.Single();
    }

    private static Task<HttpResponseMessage> Ask(WebApplication door, out List<string> thumbprints, string path = "/v1/tenants")
    {
        var seen = thumbprints = [];
        var client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    seen.Add(certificate!.GetCertHashString());
                    return true;
                },
            },
        });
        return client.GetAsync($"{Url(door, "https")}{path}");
    }

    /// <summary>Writes a new certificate; returns its thumbprint.</summary>
    private string Write()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
        return certificate.Thumbprint;
    }
}
