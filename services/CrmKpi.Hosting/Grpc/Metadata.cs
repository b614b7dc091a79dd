using System.Buffers;
using System.Collections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace CrmKpi.Hosting.Grpc;

/// <summary>A pair of metadata: bytes when the key ends in <c>-bin</c>, else printable ASCII.</summary>
public sealed record MetadataEntry
{
    internal MetadataEntry(string key, string? text, byte[]? bytes) => (Key, Text, Bytes) = (key, text, bytes);

    /// <summary>In lower case.</summary>
    public string Key { get; }

    /// <summary>The value of a key of text.</summary>
    public string? Text { get; }

    /// <summary>The value of a key in <c>-bin</c>.</summary>
    public byte[]? Bytes { get; }
}

/// <summary>
/// Headers and trailers of a call, in order; a key may come more than once. What belongs to the protocol (<c>grpc-*</c>,
/// <c>content-type</c>, <c>te</c> …) is no metadata: it is left out of what is read and refused in what is written.
/// </summary>
public sealed class Metadata : IReadOnlyCollection<MetadataEntry>
{
    private const string BinarySuffix = "-bin";

    private static readonly SearchValues<char> KeyChars = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");

    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "connection", "content-length", "content-type", "date", "host", "keep-alive", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    };

    private readonly List<MetadataEntry> _entries = [];

    /// <inheritdoc/>
    public int Count => _entries.Count;

    /// <summary>Adds text: ASCII from space to tilde.</summary>
    /// <exception cref="ArgumentException">The key is not well-formed or reserved, or the value does not fit it.</exception>
    public void Add(string key, string value)
    {
        key = CheckKey(key);
        if (IsBinary(key))
            throw new ArgumentException($"The key '{key}' ends in {BinarySuffix}: its value is bytes.", nameof(value));
        if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            throw new ArgumentException($"The value of '{key}' holds other than printable ASCII; use a key in {BinarySuffix}.", nameof(value));
        _entries.Add(new MetadataEntry(key, value, null));
    }

    /// <summary>Adds bytes under a key that ends in <c>-bin</c>.</summary>
    /// <exception cref="ArgumentException">The key is not well-formed, reserved, or does not end in <c>-bin</c>.</exception>
    public void Add(string key, byte[] value)
    {
        key = CheckKey(key);
        if (!IsBinary(key))
            throw new ArgumentException($"The key '{key}' does not end in {BinarySuffix}: its value is text.", nameof(value));
        _entries.Add(new MetadataEntry(key, null, value));
    }

    /// <summary>The last text of a key; null when there is none.</summary>
    public string? GetText(string key) => Last(key)?.Text;

    /// <summary>The last bytes of a key; null when there are none.</summary>
    public byte[]? GetBytes(string key) => Last(key)?.Bytes;

    /// <summary>All pairs of a key.</summary>
    public IEnumerable<MetadataEntry> GetAll(string key) =>
        _entries.Where(e => e.Key.Equals(key, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public IEnumerator<MetadataEntry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <exception cref="RpcException">INTERNAL: a value under a key in <c>-bin</c> is not base64.</exception>
    internal static Metadata Read(IHeaderDictionary headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers)
        {
            var key = name.ToLowerInvariant();
            if (IsReserved(key))
                continue;
            foreach (var value in values)
            {
                if (!IsBinary(key))
                    metadata._entries.Add(new MetadataEntry(key, value ?? "", null));
                else
                    // Values that came as several headers may have been joined by anybody on the way.
                    foreach (var part in (value ?? "").Split(','))
                        metadata._entries.Add(new MetadataEntry(key, null, Decode(key, part.Trim())));
            }
        }
        return metadata;
    }

    internal void WriteTo(IHeaderDictionary headers)
    {
        foreach (var entry in _entries)
            headers[entry.Key] = StringValues.Concat(headers[entry.Key], entry.Text ?? Encode(entry.Bytes!));
    }

    internal static string Encode(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    private static byte[] Decode(string key, string base64)
    {
        try
        {
            // Both forms are on the wire: with padding and without.
            return Convert.FromBase64String((base64.Length % 4) switch
            {
                2 => base64 + "==",
                3 => base64 + "=",
                _ => base64,
            });
        }
        catch (FormatException)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"The header '{key}' is not base64."));
        }
    }

    private MetadataEntry? Last(string key) => GetAll(key).LastOrDefault();

    private static string CheckKey(string key)
    {
        key = key.ToLowerInvariant();
        if (key.Length == 0 || key.AsSpan().ContainsAnyExcept(KeyChars))
            throw new ArgumentException($"'{key}' is no key: letters, digits, '-', '_' and '.'.", nameof(key));
        return IsReserved(key) ? throw new ArgumentException($"The key '{key}' belongs to the protocol.", nameof(key)) : key;
    }

    private static bool IsBinary(string key) => key.EndsWith(BinarySuffix, StringComparison.Ordinal);

    private static bool IsReserved(string key) =>
        key.StartsWith(':') || key.StartsWith("grpc-", StringComparison.Ordinal) || Reserved.Contains(key);
}
