namespace CrmKpi.EventLog.Append;

/// <summary>
/// Whether a group is likely to hold events that are stored already. Looking up 2 000 ids costs a sixth of their append;
/// the unique index refuses duplicates anyway, but only by failing the whole transaction, which then goes again with the
/// look. So a large group goes without, until its tenant sends duplicates; then the next groups are looked up. Only a
/// forecast: it decides what is fast, never what is right.
/// </summary>
internal sealed class DuplicateForecast
{
    /// <summary>Below, the look is free: it goes in a round trip that is made anyway.</summary>
    private const int LargeGroupEventsMin = 200;

    /// <summary>Groups without a duplicate after which a tenant is trusted again.</summary>
    private const byte CleanGroups = 16;

    /// <summary>Groups still to look up, by a hash of the tenant: tenants that share a place share a forecast.</summary>
    private readonly byte[] _toLookUp = new byte[4_096];

    public bool Expected(string tenant, IReadOnlyList<AppendRequest> group) =>
        group.Sum(request => request.Events.Count) < LargeGroupEventsMin
        || group.Any(request => request.Expected is not null)
        || Volatile.Read(ref Place(tenant)) > 0;

    /// <summary>After a commit.</summary>
    public void Learn(string tenant, bool lookedUp, AppendPlan plan)
    {
        if (!lookedUp)
            return;
        ref var place = ref Place(tenant);
        if (plan.FoundStored)
            Volatile.Write(ref place, CleanGroups);
        else if (Volatile.Read(ref place) is > 0 and var left)
            Volatile.Write(ref place, (byte)(left - 1));
    }

    private ref byte Place(string tenant) =>
        ref _toLookUp[(uint)string.GetHashCode(tenant, StringComparison.Ordinal) % _toLookUp.Length];
}
