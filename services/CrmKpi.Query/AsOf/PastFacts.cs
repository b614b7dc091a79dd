using CrmKpi.Domain.Folding;

namespace CrmKpi.Query.AsOf;

/// <summary>
/// The states of a tenant's entities at a point of the past, as bytes by kind and id. Immutable, so that requests can
/// share it: a state is made of its bytes for each who reads it.
/// </summary>
internal sealed class PastFacts
{
    // The id, the array of bytes and the references to both.
    private const int EntityBytes = 120;

    private readonly Dictionary<EntityKind, (string Id, byte[] State)[]> _byKind;

    private PastFacts(Dictionary<EntityKind, (string Id, byte[] State)[]> byKind)
    {
        _byKind = byKind;
        Bytes = byKind.Values.Sum(states => states.Sum(s => (long)EntityBytes + s.State.Length));
    }

    /// <summary>Those of a tenant of which nothing was known.</summary>
    public static PastFacts None { get; } = new([]);

    /// <summary>Roughly how many bytes it holds.</summary>
    public long Bytes { get; }

    public static PastFacts Of(IEnumerable<EntityState> states) => new(states.GroupBy(s => s.Key.Kind).ToDictionary(
        kind => kind.Key,
        kind => kind.Select(s => (s.Key.Id, s.Serialize())).OrderBy(s => s.Id, StringComparer.Ordinal).ToArray()));

    /// <summary>The next entities of a kind from an id on, by id.</summary>
    public IReadOnlyList<(EntityState State, int Bytes)> States(EntityKind kind, string fromId, int max)
    {
        if (!_byKind.TryGetValue(kind, out var states))
            return [];
        var start = FirstAtOrAfter(states, fromId);
        return
        [
            .. states.AsSpan(start, Math.Min(max, states.Length - start)).ToArray().Select(s =>
                (EntityState.Deserialize(new EntityKey(kind, s.Id), s.State), s.State.Length)),
        ];
    }

    private static int FirstAtOrAfter((string Id, byte[] State)[] states, string id)
    {
        int low = 0, high = states.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (string.CompareOrdinal(states[middle].Id, id) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}

/// <summary>What was known at a point of the past.</summary>
/// <param name="Facts">Null when only the cube was asked for.</param>
internal sealed record PastView(Domain.Cube.CubeSnapshot Snapshot, PastFacts? Facts);
