using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Hosting.Access.Tokens;

/// <summary>Issuers of tokens that are taken beside keys: section <c>Security:Jwt</c>.</summary>
public sealed class JwtOptions : IValidatableObject
{
    /// <summary>OpenID Connect issuers; none = no tokens, only keys.</summary>
    public IList<JwtIssuerOptions> Issuers { get; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (i, issuer) in Issuers.Index())
        {
            var results = new List<ValidationResult>();
            Validator.TryValidateObject(issuer, new ValidationContext(issuer), results, validateAllProperties: true);
            foreach (var result in results)
                yield return new ValidationResult(
                    $"Security:Jwt:Issuers:{i}: {result.ErrorMessage}", result.MemberNames);
        }
        foreach (var twice in Issuers.GroupBy(i => i.Name).Where(g => g.Count() > 1))
            yield return new ValidationResult($"Security:Jwt: two issuers have the name '{twice.Key}'.");
        foreach (var twice in Issuers.GroupBy(i => i.ExpectedIssuer.TrimEnd('/')).Where(g => g.Count() > 1))
            yield return new ValidationResult($"Security:Jwt: two issuers are '{twice.Key}'.");
    }
}

/// <summary>What the claim for scopes says, and what it gives.</summary>
public sealed class ScopeRule
{
    /// <summary>A value of the claim, for example <c>kpi-viewer</c>.</summary>
    [Required]
    public string Value { get; set; } = "";

    /// <summary>Scopes of ours, separated by blanks: <c>query ingest</c>.</summary>
    [Required]
    public string Scopes { get; set; } = "";
}

/// <summary>One OpenID Connect issuer, and how its claims are read.</summary>
public sealed partial class JwtIssuerOptions : IValidatableObject
{
    /// <summary>The signatures that are taken; <c>none</c> and those with a shared secret never are.</summary>
    public static readonly IReadOnlyList<string> KnownAlgorithms =
        ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    /// <summary>
    /// A short name for logs and for the trail of acts: its users are <c>&lt;name&gt;/&lt;subject&gt;</c>.
    /// </summary>
    [Required]
    [RegularExpression(
        "^[a-z0-9][a-z0-9-]{0,31}$", ErrorMessage = "Name must be 1 to 32 lower-case letters, digits, hyphens.")]
    public string Name { get; set; } = "";

    /// <summary>The issuer's address; its metadata is at <c>/.well-known/openid-configuration</c> below it.</summary>
    public string Authority { get; set; } = "";

    /// <summary>The address of the metadata, where it is elsewhere.</summary>
    public string? MetadataAddress { get; set; }

    /// <summary>The claim <c>iss</c> of its tokens, where it is not the authority.</summary>
    public string? Issuer { get; set; }

    /// <summary>
    /// Takes http instead of https from this machine itself, where nobody is on the way: for an issuer beside the
    /// service, or a sidecar that speaks TLS.
    /// </summary>
    public bool AllowLoopbackHttp { get; set; }

    /// <summary>A token must be for one of these (<c>aud</c>). Required.</summary>
    public IList<string> Audiences { get; } = [];

    /// <summary>The agency of all of its users; or <see cref="AgencyClaim"/>.</summary>
    public string? Agency { get; set; }

    /// <summary>The claim that names a user's agency.</summary>
    public string? AgencyClaim { get; set; }

    /// <summary>
    /// The claim that lists a user's tenants (<c>*</c> = all of the agency). A token without it is refused. Empty:
    /// every user has all tenants of the agency.
    /// </summary>
    public string TenantsClaim { get; set; } = "crmkpi_tenants";

    /// <summary>The claim that gives scopes.</summary>
    [Required]
    public string ScopesClaim { get; set; } = "scope";

    /// <summary>
    /// What its values give; without any <c>crmkpi.ingest</c>, <c>crmkpi.query</c>, <c>crmkpi.admin</c>.
    /// </summary>
    public IList<ScopeRule> ScopeMap { get; } = [];

    /// <summary>The claim that names a user for good.</summary>
    [Required]
    public string SubjectClaim { get; set; } = "sub";

    /// <summary>Fewer of <see cref="KnownAlgorithms"/>; without any all of them.</summary>
    public IList<string> Algorithms { get; } = [];

    /// <summary>How far the issuer's clock may be from ours.</summary>
    [Range(0, 300)]
    public int ClockSkewSeconds { get; set; } = 60;

    /// <summary>A checked token is remembered at most this long.</summary>
    [Range(0, 600)]
    public int CacheSeconds { get; set; } = 60;

    /// <summary>How often the issuer's keys are read anew.</summary>
    [Range(5, 10_080)]
    public int RefreshMinutes { get; set; } = 720;

    /// <summary>
    /// The issuer is asked at most once in this time, whatever is sent: about a key that is not known, or again after
    /// it gave no answer.
    /// </summary>
    [Range(1, 3_600)]
    public int AskSecondsMin { get; set; } = 30;

    /// <summary>The issuer must answer within this time.</summary>
    [Range(1, 60)]
    public int AnswerSecondsMax { get; set; } = 5;

    /// <summary>The claim <c>iss</c> of its tokens.</summary>
    internal string ExpectedIssuer => Issuer ?? Authority;

    /// <summary>Where its metadata is.</summary>
    internal string Metadata => MetadataAddress ?? Authority.TrimEnd('/') + "/.well-known/openid-configuration";

    /// <summary>The signatures that are taken.</summary>
    internal IReadOnlyList<string> AlgorithmsTaken => Algorithms.Count > 0 ? [.. Algorithms] : KnownAlgorithms;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Authority.Length == 0 && (MetadataAddress is null || Issuer is null))
            yield return new("Authority is missing (or MetadataAddress together with Issuer).");
        else if (!IsSafe(Metadata))
            yield return new(
                $"'{Metadata}' is not an https address; http is for loopback only, and with AllowLoopbackHttp.");
        if (Audiences.Count == 0 || Audiences.Any(string.IsNullOrWhiteSpace))
            yield return new("Audiences is missing: a token for somebody else must not work here.");
        if (Agency is null == AgencyClaim is null)
            yield return new("Either Agency or AgencyClaim is needed.");
        if (Agency is not null && !Postgres.Control.Agency.IsValidId(Agency))
            yield return new($"Agency '{Agency}' is not the id of an agency.");
        // They are named in the answer's header to whoever shows a token without them.
        var tenants = TenantsClaim.Length == 0 ? null : TenantsClaim;
        foreach (var claim in new[] { AgencyClaim, tenants, ScopesClaim, SubjectClaim })
            if (claim is not null && !ClaimName().IsMatch(claim))
                yield return new(
                    $"'{claim}' is not the name of a claim: 1 to 200 printable ASCII characters without quotes.");
        foreach (var algorithm in Algorithms.Where(a => !KnownAlgorithms.Contains(a)))
            yield return new($"Algorithms holds '{algorithm}'; possible are {string.Join(", ", KnownAlgorithms)}.");
        foreach (var rule in ScopeMap)
            if (rule.Value.Length == 0 || Names(rule).Length == 0 || Names(rule).Any(n => ScopeNames.Parse(n) is null))
                yield return new(
                    $"ScopeMap gives '{rule.Scopes}' for '{rule.Value}'; possible are " +
                    $"{string.Join(", ", ScopeNames.All)}.");
    }

    /// <summary>Only an address that nobody on the way can answer for.</summary>
    internal bool IsSafe(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps
            || AllowLoopbackHttp && uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback);

    /// <summary>What a value of the claim for scopes gives.</summary>
    internal Scopes ScopesOf(string value)
    {
        if (ScopeMap.Count == 0)
            return value switch
            {
                "crmkpi.ingest" => Scopes.Ingest,
                "crmkpi.query" => Scopes.Query,
                "crmkpi.admin" => Scopes.Admin,
                _ => Scopes.None,
            };
        var scopes = Scopes.None;
        foreach (var rule in ScopeMap.Where(r => r.Value == value))
            foreach (var name in Names(rule))
                scopes |= ScopeNames.Parse(name)!.Value;
        return scopes;
    }

    [GeneratedRegex("^[!#-\\[\\]-~]{1,200}$")]
    private static partial Regex ClaimName();

    private static string[] Names(ScopeRule rule) =>
        rule.Scopes.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
