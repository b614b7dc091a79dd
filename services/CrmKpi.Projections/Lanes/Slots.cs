using System.Text;

namespace CrmKpi.Projections.Lanes;

/// <summary>Tenants are spread over a fixed number of slots; a process leases slots, not tenants.</summary>
public static class Slots
{
    /// <summary>How many there are. WARNING: a part of the protocol between processes.</summary>
    public const int Count = 256;

    /// <summary>The slot of a tenant: FNV-1a, the same in every process and version.</summary>
    public static int Of(string tenant)
    {
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(tenant))
            hash = (hash ^ b) * 16777619u;
        return (int)((hash ^ hash >> 8 ^ hash >> 16 ^ hash >> 24) & (Count - 1));
    }
}
