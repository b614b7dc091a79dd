using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Customers;

namespace CrmKpi.Domain.Folding;

/// <summary>
/// What one entity tells another. It is a pure function of the sender's own events (of merged customers: of the events of
/// those on the way); the receiver keeps it per sender, so the order in which the two learn of things does not matter. Who
/// tells whom:
/// <list type="bullet">
/// <item>deal → lead: when it was won, if it was;</item>
/// <item>deal → customer: the purchase, while it is won;</item>
/// <item>inquiry → lead: when it was first answered; call → lead: when the two talked;</item>
/// <item>lead → its deals: when it was created, its dimension values and origins;</item>
/// <item>lead → its inquiries and calls: its dimension values;</item>
/// <item>customer → the one it was merged into: its purchases, and those that were handed on to it.</item>
/// </list>
/// </summary>
/// <param name="IsDirect">The sender's own events name the receiver. Only such a link is answered with another, so that
/// two entities cannot keep each other's links alive.</param>
/// <param name="At">The point in time told, in microseconds since 1970-01-01T00:00Z.</param>
/// <param name="Amount">Amount of a purchase.</param>
/// <param name="Margin">Margin of a purchase.</param>
/// <param name="Dims">Dimension values.</param>
/// <param name="Origins">What brought the sender here.</param>
/// <param name="Ledgers">The purchases of merged customers.</param>
internal sealed record Link(
    bool IsDirect, long? At = null, Money? Amount = null, Money? Margin = null, DimensionSet? Dims = null,
    Origins? Origins = null, MergedLedgers? Ledgers = null)
{
    public void Write(StateWriter writer)
    {
        writer.Flag(IsDirect);
        writer.Optional(At);
        writer.Optional(Amount);
        writer.Optional(Margin);
        var count = 0;
        foreach (var value in Dims is null ? [] : Dims.Values)
            count += value is null ? 0 : 1;
        writer.Flag(Dims is not null);
        writer.Count(count);
        for (var i = 0; count > 0 && i < DimensionSet.Count; i++)
        {
            if (Dims!.Values[i] is not { } value)
                continue;
            writer.Byte((byte)i);
            writer.Text(value);
        }
        writer.Flag(Origins is not null);
        Origins?.Write(writer);
        writer.Flag(Ledgers is not null);
        Ledgers?.Write(writer);
    }

    public static Link Read(ref StateReader reader)
    {
        var link = new Link(reader.Flag(), reader.Optional(), reader.OptionalMoney(), reader.OptionalMoney());
        return link with
        {
            Dims = ReadDims(ref reader),
            Origins = reader.Flag() ? Folding.Origins.Read(ref reader) : null,
            Ledgers = reader.Flag() ? MergedLedgers.Read(ref reader) : null,
        };
    }

    private static DimensionSet? ReadDims(ref StateReader reader)
    {
        var hasDims = reader.Flag();
        var count = reader.Count();
        if (!hasDims)
            return null;
        var values = new string?[DimensionSet.Count];
        for (; count > 0; count--)
            values[reader.Byte()] = reader.Text(isShared: true);
        return DimensionSet.FromValues(values);
    }
}

/// <summary>The links that reached an entity, by sender.</summary>
internal struct Inbound
{
    private Dictionary<EntityKey, Link>? _links;

    public readonly int Count => _links?.Count ?? 0;

    /// <summary>The links, in no particular order.</summary>
    public readonly Dictionary<EntityKey, Link>.Enumerator GetEnumerator() => (_links ?? s_none).GetEnumerator();

    private static readonly Dictionary<EntityKey, Link> s_none = [];

    /// <summary>The link from one entity, or null.</summary>
    public readonly Link? From(EntityKey sender) => _links?.GetValueOrDefault(sender);

    /// <summary>Keeps a link, or drops it when it is null; false when that is no change.</summary>
    public bool Receive(EntityKey sender, Link? link)
    {
        if (link is null)
            return _links?.Remove(sender) ?? false;
        _links ??= [];
        if (_links.TryGetValue(sender, out var held) && held == link)
            return false;
        _links[sender] = link;
        return true;
    }

    public readonly void Write(StateWriter writer)
    {
        writer.Count(Count);
        if (_links is null)
            return;
        var keys = new EntityKey[_links.Count];
        _links.Keys.CopyTo(keys, 0);
        Array.Sort(keys, static (a, b) => a.Kind != b.Kind ? a.Kind.CompareTo(b.Kind) : string.CompareOrdinal(a.Id, b.Id));
        foreach (var key in keys)
        {
            writer.Byte((byte)key.Kind);
            writer.Text(key.Id);
            _links[key].Write(writer);
        }
    }

    public static Inbound Read(ref StateReader reader)
    {
        var count = reader.Count();
        if (count == 0)
            return default;
        var links = new Dictionary<EntityKey, Link>(count);
        for (; count > 0; count--)
        {
            var key = new EntityKey((EntityKind)reader.Byte(), reader.Text()!);
            links.Add(key, Link.Read(ref reader));
        }
        return new Inbound { _links = links };
    }
}
