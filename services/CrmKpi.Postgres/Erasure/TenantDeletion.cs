namespace CrmKpi.Postgres.Erasure;

/// <summary>The erasure of a tenant: how far it is, and in the end its proof.</summary>
/// <param name="RequestedBy">JSON, as in the trail of acts.</param>
/// <param name="Erased">Rows erased so far, by table.</param>
/// <param name="Found">Rows that the last scan found, by table, those with none too; null = not scanned yet.</param>
/// <param name="FinishedAt">When a scan had found nothing; null while it goes on.</param>
/// <param name="Database">Where the tenant lived.</param>
public sealed record TenantDeletion(
    string Tenant, string Agency, DateTimeOffset RequestedAt, string RequestedBy,
    IReadOnlyDictionary<string, long> Erased, IReadOnlyDictionary<string, long>? Found, DateTimeOffset? ScannedAt,
    DateTimeOffset? FinishedAt, string Database)
{
    /// <summary>With what was erased and found in the database in which the tenant lived.</summary>
    internal TenantDeletion With(TenantDeletion there) => this with
    {
        Erased = Sums(Erased, there.Erased),
        Found = Found is null ? there.Found : there.Found is null ? Found : Sums(Found, there.Found),
        ScannedAt = ScannedAt ?? there.ScannedAt,
    };

    private static SortedDictionary<string, long> Sums(
        IReadOnlyDictionary<string, long> some, IReadOnlyDictionary<string, long> others)
    {
        var sums = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (table, rows) in some.Concat(others))
            sums[table] = sums.GetValueOrDefault(table) + rows;
        return sums;
    }
}

/// <summary>The id was a tenant's who was deleted; it is never given again.</summary>
public sealed class TenantDeletedException(string tenant, Exception inner) : Exception(
    $"The id '{tenant}' was that of a tenant who has been deleted; ids are never used again. Choose another.", inner)
{
    public string Tenant { get; } = tenant;
}
