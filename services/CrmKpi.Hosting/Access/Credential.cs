using Microsoft.AspNetCore.Http;

namespace CrmKpi.Hosting.Access;

/// <summary>The key text of a request: <c>Authorization: Bearer</c> or <c>X-Api-Key</c>.</summary>
internal static class Credential
{
    /// <summary>The other header, for tools that cannot set <c>Authorization</c>.</summary>
    public const string Header = "X-Api-Key";

    private const string Scheme = "Bearer ";

    // Longer than any key, so that a huge header is not hashed.
    private const int LengthMax = 256;

    /// <summary>The text, or null when there is none, two different ones, or something else than a key.</summary>
    public static string? Read(IHeaderDictionary headers)
    {
        var authorization = headers.Authorization;
        var apiKey = headers[Header];
        if (authorization.Count > 1 || apiKey.Count > 1)
            return null;

        string? bearer = null;
        if (authorization.Count == 1)
        {
            var value = authorization[0] ?? "";
            if (!value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
                return null;
            bearer = value[Scheme.Length..].Trim();
        }
        var plain = apiKey.Count == 1 ? (apiKey[0] ?? "").Trim() : null;
        if (bearer is not null && plain is not null && !string.Equals(bearer, plain, StringComparison.Ordinal))
            return null;
        return (bearer ?? plain) is { Length: > 0 and <= LengthMax } text ? text : null;
    }
}
