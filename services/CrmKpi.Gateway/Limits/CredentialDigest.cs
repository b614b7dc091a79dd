using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using CrmKpi.Hosting.Access;

namespace CrmKpi.Gateway.Limits;

/// <summary>
/// The credential of a request as the gateway sees it: 128 bits of the SHA-256 of its text. The gateway cannot tell a right
/// one from a wrong one, and keeps no text.
/// </summary>
internal readonly record struct CredentialDigest(ulong A, ulong B)
{
    private const string Bearer = "Bearer ";
    private const int StackBytesMax = 1_024;

    /// <summary>The digest; null when the request brings no credential.</summary>
    public static CredentialDigest? Of(IHeaderDictionary headers)
    {
        var authorization = headers.Authorization.ToString();
        var key = headers[Credential.Header].ToString();
        if (authorization.Length == 0)
            return key.Length == 0 ? null : Of(key.AsSpan().Trim());
        if (key.Length > 0)
            return Of($"{authorization}\n{key}");
        // A key is the same one whichever header brings it.
        return Of(authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization.AsSpan(Bearer.Length).Trim()
            : authorization);
    }

    private static CredentialDigest Of(ReadOnlySpan<char> text)
    {
        var bytesMax = Encoding.UTF8.GetMaxByteCount(text.Length);
        var utf8 = bytesMax <= StackBytesMax ? stackalloc byte[StackBytesMax] : new byte[bytesMax];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(text, utf8)], hash);
        return MemoryMarshal.Read<CredentialDigest>(hash);
    }
}
