namespace CrmKpi.Domain.Folding;

/// <summary>What kinds of entities have a fold. The numbers and names are a storage format.</summary>
public enum EntityKind : byte
{
    Lead = 1,
    Deal = 2,
    Customer = 3,
    Inquiry = 4,
    Survey = 5,
    Cost = 6,
}

/// <summary>One entity of a tenant: <c>deal/123</c> is (Deal, "123").</summary>
public readonly record struct EntityKey(EntityKind Kind, string Id)
{
    /// <summary>The entity of a stream; false when the stream has no fold.</summary>
    public static bool TryParse(string stream, out EntityKey key)
    {
        key = default;
        var slash = stream.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || slash == stream.Length - 1)
            return false;
        EntityKind? kind = stream.AsSpan(0, slash) switch
        {
            "lead" => EntityKind.Lead,
            "deal" => EntityKind.Deal,
            "customer" => EntityKind.Customer,
            "inquiry" => EntityKind.Inquiry,
            "survey" => EntityKind.Survey,
            "cost" => EntityKind.Cost,
            _ => null,
        };
        if (kind is not { } known)
            return false;
        key = new EntityKey(known, stream[(slash + 1)..]);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(EntityKey other) => Kind == other.Kind && Id == other.Id;

    /// <inheritdoc/>
    public override int GetHashCode() => (Id?.GetHashCode(StringComparison.Ordinal) ?? 0) * 31 + (int)Kind;

    /// <inheritdoc/>
    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()}/{Id}";
}
