using System.ComponentModel.DataAnnotations;

namespace CrmKpi.Gateway.Tls;

/// <summary>
/// TLS, at least 1.2: section <c>Tls</c>. With a certificate every address of <c>urls</c> that begins with <c>https</c> is served with
/// it.
/// </summary>
public sealed class TlsOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "Tls";

    /// <summary>The certificate with its chain, PEM.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>Its private key, PEM, not encrypted.</summary>
    public string? KeyFile { get; set; }

    /// <summary>How often the files are looked at; a renewed certificate is used for new connections.</summary>
    [Range(0.1, 86_400)]
    public double ReloadSecondsInterval { get; set; } = 30;

    /// <summary>
    /// Requests without TLS are sent to this port of the same host (308); 0 = they are answered. Behind a proxy that ends TLS leave it 0
    /// or name the proxy in <c>Gateway:TrustedProxies</c>.
    /// </summary>
    [Range(0, 65_535)]
    public int RedirectToPort { get; set; }

    /// <summary>Days for which browsers shall ask with TLS only (<c>Strict-Transport-Security</c>); 0 = they are not told.</summary>
    [Range(0, 3_650)]
    public int HstsDays { get; set; } = 365;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (CertificateFile is null != KeyFile is null)
            yield return new ValidationResult("Tls:CertificateFile and Tls:KeyFile go together.", [nameof(CertificateFile)]);
        foreach (var file in new[] { CertificateFile, KeyFile })
            if (file is not null && !File.Exists(file))
                yield return new ValidationResult($"There is no file '{file}' (Tls).", [nameof(CertificateFile)]);
    }
}
