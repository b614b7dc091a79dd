using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace CrmKpi.Gateway.Limits;

/// <summary>
/// The address that a limit counts by: an IPv4 address, or the /64 of an IPv6 address, because a client has a whole one.
/// </summary>
internal readonly record struct ClientAddress(ulong Bits, bool IsV6)
{
    private const int V6Bytes = 16;

    /// <summary>The address of a request; one for all whose address is not known (a socket of the machine itself).</summary>
    public static ClientAddress Of(IPAddress? address)
    {
        if (address is null)
            return default;
        Span<byte> bytes = stackalloc byte[V6Bytes];
        if (address.IsIPv4MappedToIPv6)
        {
            address.TryWriteBytes(bytes, out _);
            return new ClientAddress(BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]), false);
        }
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? new ClientAddress(BinaryPrimitives.ReadUInt64BigEndian(bytes), true)
            : new ClientAddress(BinaryPrimitives.ReadUInt32BigEndian(bytes), false);
    }
}
