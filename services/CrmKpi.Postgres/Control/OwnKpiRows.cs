namespace CrmKpi.Postgres.Control;

/// <summary>Whose definitions: a tenant's or an agency's. Typed, so that one is never taken for the other.</summary>
public readonly record struct OwnKpiOwner
{
    private readonly string _text;

    private OwnKpiOwner(string text, Scope scope) => (_text, Scope) = (text, scope);

    /// <summary>Who may see its definitions.</summary>
    internal Scope Scope { get; }

    public static OwnKpiOwner Tenant(string tenant) => new($"tenant/{tenant}", Scope.OfTenant(tenant));

    public static OwnKpiOwner Agency(string agency) => new($"agency/{agency}", Scope.OfAgency(agency));

    /// <summary>As it is stored.</summary>
    public override string ToString() => _text;
}

/// <summary>A stored definition.</summary>
/// <param name="Definition">JSON.</param>
/// <param name="Version">The version of its set that it came with.</param>
public sealed record OwnKpiRow(string Id, string Definition, long Version, DateTimeOffset UpdatedAt);

/// <summary>The definitions of one owner.</summary>
/// <param name="Version">Moves with every change; 0 = there never was one.</param>
public sealed record OwnKpiRows(long Version, IReadOnlyList<OwnKpiRow> Kpis)
{
    /// <summary>No definition.</summary>
    public static OwnKpiRows None { get; } = new(0, []);
}

/// <summary>A change of a definition.</summary>
/// <param name="Definition">JSON; null = it is taken away.</param>
public sealed record OwnKpiChange(string Id, string? Definition);
