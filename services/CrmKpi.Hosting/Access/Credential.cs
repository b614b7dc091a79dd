using System.Text;
using System.Text.Unicode;
using CrmKpi.Postgres.Control;
using Microsoft.AspNetCore.Http;

namespace CrmKpi.Hosting.Access;

/// <summary>
/// The credential of a request: <c>Authorization: Bearer</c> (a key or a token), <c>Authorization: Basic</c> (a key) or
/// <c>X-Api-Key</c>.
/// </summary>
public static class Credential
{
    /// <summary>The other header, for tools that cannot set <c>Authorization</c>.</summary>
    public const string Header = "X-Api-Key";

    /// <summary>Longer than the tokens of the usual issuers, so that a huge header is neither hashed nor parsed.</summary>
    internal const int CharsMax = 8 * 1024;

    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";
    private const int BasicCharsMax = 1_024;

    /// <summary>The text of a key or token; null when there is none, two different ones, or something else.</summary>
    internal static string? Read(IHeaderDictionary headers)
    {
        var authorization = headers.Authorization;
        var apiKey = headers[Header];
        if (authorization.Count > 1 || apiKey.Count > 1)
            return null;

        var given = authorization.Count == 1 ? OfAuthorization(authorization[0] ?? "") : null;
        if (authorization.Count == 1 && given is null)
            return null;
        var plain = apiKey.Count == 1 ? (apiKey[0] ?? "").Trim() : null;
        if (given is not null && plain is not null && !string.Equals(given, plain, StringComparison.Ordinal))
            return null;
        return (given ?? plain) is { Length: > 0 and <= CharsMax } text ? text : null;
    }

    private static string? OfAuthorization(string value) =>
        value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? value[Bearer.Length..].Trim()
        : value.StartsWith(Basic, StringComparison.OrdinalIgnoreCase) ? OfBasic(value.AsSpan(Basic.Length).Trim())
        : null;

    // The key's id as user and its secret as password; or the whole text of the key as password, whoever the user is.
    private static string? OfBasic(ReadOnlySpan<char> encoded)
    {
        Span<byte> bytes = stackalloc byte[BasicCharsMax];
        if (encoded.Length > BasicCharsMax || !Convert.TryFromBase64Chars(encoded, bytes, out var length)
            || !Utf8.IsValid(bytes[..length]))
            return null;
        var text = Encoding.UTF8.GetString(bytes[..length]);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return null;
        var (user, password) = (text[..colon], text[(colon + 1)..]);
        return password.StartsWith(KeyStore.TextPrefix, StringComparison.Ordinal) ? password : KeyStore.TextOf(user, password);
    }
}
