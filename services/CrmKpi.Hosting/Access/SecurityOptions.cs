using System.ComponentModel.DataAnnotations;
using CrmKpi.Hosting.Access.Tokens;

namespace CrmKpi.Hosting.Access;

/// <summary>Keys and their caches: section <c>Security</c>.</summary>
public sealed class SecurityOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "Security";

    /// <summary>How long an answer of the key store is kept: a revoked key works at most this long. 0 = ask every time.</summary>
    [Range(0, 5)]
    public double KeyCacheSeconds { get; set; } = 2;

    /// <summary>Keys remembered at most; as many wrong ones again.</summary>
    [Range(1, 1_000_000)]
    public int KeyCacheEntriesMax { get; set; } = 10_000;

    /// <summary>
    /// How often the credentials of running streams are looked at: a stream goes on at most this long after its key's
    /// end.
    /// </summary>
    [Range(0.1, 5)]
    public double StreamCheckSeconds { get; set; } = 2;

    /// <summary>How often it is written when keys were used last.</summary>
    [Range(1, 3_600)]
    public double LastUsedSeconds { get; set; } = 60;

    /// <summary>A file that also gets the first admin key (mode 0600); null = standard output only.</summary>
    public string? FirstKeyFile { get; set; }

    /// <summary>Issuers of tokens that are taken beside keys.</summary>
    public JwtOptions Jwt { get; } = new();

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        Jwt.Validate(validationContext);
}
