using System.ComponentModel.DataAnnotations;

namespace CrmKpi.Gateway.Cors;

/// <summary>Which web pages may call the API from a browser: section <c>Cors</c>.</summary>
public sealed class CorsOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "Cors";

    /// <summary>Stands for any page. Harmless as such: keys are sent by programs, never by browsers on their own.</summary>
    public const string Any = "*";

    private const string Wildcard = "://*.";

    /// <summary>
    /// Origins separated by commas, such as <c>https://bi.example.com</c>; <c>https://*.example.com</c> for all below a domain; <c>*</c>
    /// for any. Default: none.
    /// </summary>
    public string Origins { get; set; } = "";

    /// <summary>How long a browser remembers what it may do.</summary>
    [Range(0, 86_400)]
    public int PreflightSeconds { get; set; } = 7_200;

    /// <summary>The origins one by one.</summary>
    public IReadOnlyList<string> OriginList =>
        Origins.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var origin in OriginList)
            if (origin != Any && !IsOrigin(origin))
                yield return new ValidationResult(
                    $"Cors:Origins holds '{origin}', which is not an origin: scheme, host and port alone, such as https://bi.example.com, "
                    + $"https://*.example.com for all hosts below, or {Any} for any.",
                    [nameof(Origins)]);
        if (OriginList.Contains(Any) && OriginList.Count > 1)
            yield return new ValidationResult($"Cors:Origins holds '{Any}' and others: it stands alone.", [nameof(Origins)]);
    }

    // As browsers write it: nothing behind the port, no capital letters, no port that the scheme implies.
    private static bool IsOrigin(string origin)
    {
        var plain = origin.Replace(Wildcard, "://any.", StringComparison.Ordinal);
        return !plain.Contains('*', StringComparison.Ordinal)
            && Uri.TryCreate(plain, UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https"
            && uri.GetLeftPart(UriPartial.Authority) == plain
            && (origin == plain || uri.Host.Count(c => c == '.') >= 2);
    }
}
