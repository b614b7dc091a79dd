using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CrmKpi.Connectors.Csv;

/// <summary>Counts keys by 128 bits of their SHA-256, so that memory depends on how many there are, not on their length.</summary>
internal sealed class KeyCounter
{
    /// <summary>More different keys are refused (about 40 bytes each in memory).</summary>
    public const int KeysMax = 10_000_000;

    private readonly Dictionary<UInt128, int> _counts = [];

    /// <summary>How often the key has come, this time included.</summary>
    public int Next(string key)
    {
        var hash = Hash(key);
        var count = _counts.GetValueOrDefault(hash) + 1;
        _counts[hash] = count;
        return _counts.Count <= KeysMax ? count : throw new RowProblemException("too_many_keys",
            $"More than {KeysMax} different keys cannot be counted in memory. Split the file, or give the rules an \"id\" that "
            + "needs no counting.");
    }

    /// <summary>A short stable text for a row that has nothing but its own content to be known by.</summary>
    public static string Fingerprint(IEnumerable<string> fields) =>
        Hash(string.Join('\u001F', fields)).ToString("x32", CultureInfo.InvariantCulture);

    private static UInt128 Hash(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
