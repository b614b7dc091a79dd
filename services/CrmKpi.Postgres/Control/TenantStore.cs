using Npgsql;

namespace CrmKpi.Postgres.Control;

/// <summary>Tenants in the <c>control</c> schema.</summary>
public sealed class TenantStore(Database database)
{
    /// <summary>The agency that always exists.</summary>
    public const string DefaultAgency = "default";

    /// <summary>Registers a tenant with all that the log needs for it, or returns false when it exists.</summary>
    /// <exception cref="ArgumentException">The id is no tenant id, or the agency does not exist.</exception>
    public async Task<bool> Register(string tenant, string name, string agency, CancellationToken ct = default)
    {
        if (!Tenant.IsValidId(tenant))
            throw new ArgumentException(
                $"'{tenant}' is no tenant id: it must match {Tenant.IdPattern}.", nameof(tenant));
        await using var command = database.For(tenant).Command(Text("register_tenant"), tenant, name, agency);
        try
        {
            return await command.ExecuteNonQuery(ct) == 1;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            throw new ArgumentException($"There is no agency '{agency}'.", nameof(agency), e);
        }
    }

    /// <summary>The tenant, or null.</summary>
    public async Task<Tenant?> Find(string tenant, CancellationToken ct = default)
    {
        await using var command = database.For(tenant).Command(Text("find_tenant"), tenant);
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
