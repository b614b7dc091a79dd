namespace CrmKpi.Postgres.Control;

/// <summary>Scopes as they are written.</summary>
public static class ScopeNames
{
    private static readonly (string Name, Scopes Scope)[] Table =
    [
        ("ingest", Scopes.Ingest), ("query", Scopes.Query), ("admin", Scopes.Admin), ("operator", Scopes.Operator),
    ];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Table.Select(row => row.Name)];

    /// <summary>The names of some scopes.</summary>
    public static IEnumerable<string> Of(Scopes scopes) =>
        Table.Where(row => scopes.HasFlag(row.Scope)).Select(row => row.Name);

    /// <summary>
    /// What a name gives; null when it is none. An operator is an admin too: whoever looks after agencies also looks after
    /// their own.
    /// </summary>
    public static Scopes? Parse(string name) => Table.FirstOrDefault(row => row.Name == name) is { Name: not null } found
        ? found.Scope == Scopes.Operator ? Scopes.Operator | Scopes.Admin : found.Scope
        : null;
}
