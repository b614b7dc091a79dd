using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace CrmKpi.EventLog;

/// <summary>
/// The ids of events: a storage format. UUIDv5 (RFC 9562: SHA-1 of a namespace and a name); the name is tenant, source
/// and source id in UTF-8, the first two preceded by their length in bytes (32 bits, big endian), so that no two
/// triples make one name.
/// </summary>
public static class EventIds
{
    /// <summary>The namespace of CrmKpi's event ids: UUIDv5 of the URL <c>https://crmkpi/event</c>.</summary>
    public static readonly Guid Namespace = new("6e159a2d-9607-5947-9a38-c2f30f24f16a");

    private const int StackBytesMax = 512;

    /// <summary>The id that an event has, or would have, in a tenant's log.</summary>
    public static Guid Of(string tenant, string source, string sourceId)
    {
        var chars = tenant.Length + source.Length + sourceId.Length;
        var bytesMax = 2 * sizeof(int) + Encoding.UTF8.GetMaxByteCount(chars + 2);
        var name = bytesMax <= StackBytesMax ? stackalloc byte[StackBytesMax] : new byte[bytesMax];
        var length = WritePrefixed(tenant, name);
        length += WritePrefixed(source, name[length..]);
        length += Encoding.UTF8.GetBytes(sourceId, name[length..]);
        return Version5(Namespace, name[..length]);
    }

    /// <summary>UUIDv5 of a name in a namespace.</summary>
    public static Guid Version5(Guid space, ReadOnlySpan<byte> name)
    {
        const int GuidBytes = 16;
        var bytes = GuidBytes + name.Length;
        var input = bytes <= 2 * StackBytesMax ? stackalloc byte[bytes] : new byte[bytes];
        space.TryWriteBytes(input, bigEndian: true, out _);
        name.CopyTo(input[GuidBytes..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // The RFC names SHA-1; an id is no secret.
        SHA1.HashData(input, hash);
#pragma warning restore CA5350
        hash[6] = (byte)(hash[6] & 0x0f | 0x50);
        hash[8] = (byte)(hash[8] & 0x3f | 0x80);
        return new Guid(hash[..GuidBytes], bigEndian: true);
    }

    private static int WritePrefixed(string text, Span<byte> target)
    {
        var length = Encoding.UTF8.GetBytes(text, target[sizeof(int)..]);
        BinaryPrimitives.WriteInt32BigEndian(target, length);
        return sizeof(int) + length;
    }
}
