using CrmKpi.Postgres.Erasure;
using Npgsql;

namespace CrmKpi.Postgres.Control;

/// <summary>Tenants in the <c>control</c> schema of the main database.</summary>
/// <param name="database">The main database.</param>
/// <param name="newTenantsIn">Where newly registered tenants live: one of the databases behind the main one, or that.</param>
public sealed class TenantStore(Database database, string newTenantsIn = Database.MainName)
{
    /// <summary>The agency that always exists.</summary>
    public const string DefaultAgency = Control.Agency.Default;

    /// <summary>Registers a tenant, as a process of ours.</summary>
    /// <inheritdoc cref="Register(string, string, string, ActedBy, CancellationToken)"/>
    public Task<bool> Register(string tenant, string name, string agency, CancellationToken ct = default) =>
        Register(tenant, name, agency, ActedBy.Process("crmkpi"), ct);

    /// <summary>What the trigger of <c>005_quotas.sql</c> raises.</summary>
    private const string QuotaReached = "CK001";

    /// <summary>What the trigger of <c>008_deletions.sql</c> raises.</summary>
    private const string WasDeleted = "CK002";

    /// <summary>Registers a tenant with all that the log needs for it, or returns false when it exists.</summary>
    /// <exception cref="ArgumentException">The id is no tenant id, or the agency does not exist.</exception>
    /// <exception cref="TenantQuotaException">The agency has as many tenants as it may.</exception>
    /// <exception cref="TenantDeletedException">The id was a deleted tenant's.</exception>
    public async Task<bool> Register(
        string tenant, string name, string agency, ActedBy by, CancellationToken ct = default)
    {
        if (!Tenant.IsValidId(tenant))
            throw new ArgumentException(
                $"'{tenant}' is no tenant id: it must match {Tenant.IdPattern}.", nameof(tenant));
        await using var transaction = await database.For(Scope.OfTenant(tenant)).Begin(ct: ct);
        await using var command = transaction.Command(Text("register_tenant"), tenant, name, agency, newTenantsIn);
        try
        {
            if (await command.ExecuteNonQuery(ct) == 0)
                return false;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            throw new ArgumentException($"There is no agency '{agency}'.", nameof(agency), e);
        }
        catch (PostgresException e) when (e.SqlState == QuotaReached)
        {
            throw new TenantQuotaException(e.Hint!, e);
        }
        catch (PostgresException e) when (e.SqlState == WasDeleted)
        {
            throw new TenantDeletedException(tenant, e);
        }
        await AuditTrail.Append(transaction.Connection, new Act(
            agency, "tenant.registered", $"tenant/{tenant}", json => json.WriteString("name", name)), by, ct);
        // The home first: without the commit it is an empty room that nobody enters.
        if (newTenantsIn != Database.MainName)
            await TenantMirror.Make(database.Named(newTenantsIn), tenant, agency, ct);
        await transaction.Commit(ct);
        // This process knows at once; the others within a second.
        if (database.Homes is { } homes)
            await homes.Refresh(ct);
        return true;
    }

    /// <summary>The tenant, or null.</summary>
    public async Task<Tenant?> Find(string tenant, CancellationToken ct = default)
    {
        await using var command = database.For(Scope.OfTenant(tenant)).Command(Text("find_tenant"), tenant);
        await using var reader = await command.ExecuteReader(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    /// <summary>
    /// The tenants of an agency, by id, after <paramref name="afterId"/>, at most <paramref name="max"/>.
    /// </summary>
    public async Task<IReadOnlyList<Tenant>> List(
        string agency, string? afterId, int max, CancellationToken ct = default)
    {
        await using var command = database.ForAgency(agency).Command(Text("list_tenants"), agency, afterId ?? "", max);
        await using var reader = await command.ExecuteReader(ct);
        var tenants = new List<Tenant>();
        while (await reader.ReadAsync(ct))
            tenants.Add(Read(reader));
        return tenants;
    }

    private static string Text(string name) => Sql.Text<TenantStore>($"Control.Sql.{name}.sql");

    private static Tenant Read(NpgsqlDataReader reader) => new(
        reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3));
}
