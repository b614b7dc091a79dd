namespace CrmKpi.Postgres.Erasure;

/// <summary>The erasure of a tenant: how far it is, and in the end its proof.</summary>
/// <param name="RequestedBy">JSON, as in the trail of acts.</param>
/// <param name="Erased">Rows erased so far, by table.</param>
/// <param name="Found">Rows that the last scan found, by table, those with none too; null = not scanned yet.</param>
/// <param name="FinishedAt">When a scan had found nothing; null while it goes on.</param>
public sealed record TenantDeletion(
    string Tenant, string Agency, DateTimeOffset RequestedAt, string RequestedBy,
    IReadOnlyDictionary<string, long> Erased, IReadOnlyDictionary<string, long>? Found, DateTimeOffset? ScannedAt,
    DateTimeOffset? FinishedAt);

/// <summary>The id was a tenant's who was deleted; it is never given again.</summary>
public sealed class TenantDeletedException(string tenant, Exception inner) : Exception(
    $"The id '{tenant}' was that of a tenant who has been deleted; ids are never used again. Choose another.", inner)
{
    public string Tenant { get; } = tenant;
}
