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
public readonly record struct EntityKey(EntityKind Kind, string Id);
