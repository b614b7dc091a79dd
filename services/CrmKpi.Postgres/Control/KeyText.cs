using System.Security.Cryptography;

namespace CrmKpi.Postgres.Control;

/// <summary>The text of a key: <c>crmkpi_&lt;id&gt;_&lt;secret&gt;</c>, both in lower-case hexadecimal.</summary>
internal readonly record struct KeyText(string Id, byte[] Secret)
{
    public const string Prefix = "crmkpi_";
    private const int IdBytes = 8;
    private const int SecretBytes = 32;
    private const int Length = 7 + 2 * IdBytes + 1 + 2 * SecretBytes;

    /// <summary>A new key from the system's random numbers.</summary>
    public static KeyText Random() => new(
        Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes)), RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>The parts of a text, or null when it has not the form of a key.</summary>
    public static KeyText? Parse(string text)
    {
        const int SecretAt = 7 + 2 * IdBytes + 1;
        if (text.Length != Length || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[SecretAt - 1] != '_'
            || text.AsSpan(Prefix.Length, 2 * IdBytes).ContainsAnyExcept("0123456789abcdef"))
            return null;
        var secret = new byte[SecretBytes];
        return Convert.FromHexString(text.AsSpan(SecretAt), secret, out _, out _) == System.Buffers.OperationStatus.Done
            ? new KeyText(text[Prefix.Length..(SecretAt - 1)], secret)
            : null;
    }

    /// <summary>What is stored of the secret.</summary>
    public byte[] Hash() => SHA256.HashData(Secret);

    public override string ToString() => KeyStore.TextOf(Id, Convert.ToHexStringLower(Secret));
}
