using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;

namespace CrmKpi.Postgres.Control;

/// <summary>
/// API keys: <c>crmkpi_&lt;id&gt;_&lt;secret&gt;</c>; only the SHA-256 of the 256-bit secret is stored.
/// </summary>
public sealed class KeyStore(Database database)
{
    private const string FirstKeyName = "first admin key";
    private static readonly byte[] NoHash = new byte[SHA256.HashSizeInBytes];

    /// <summary>Makes a key and returns its text, which cannot be had again.</summary>
    /// <exception cref="ArgumentException">No scope, or an agency or tenant that does not exist there.</exception>
    public async Task<(ApiKey Key, string Text)> Create(
        string name, string agency, Scopes scopes, IReadOnlyList<string>? tenants, DateTimeOffset? expiresAt,
        CancellationToken ct = default)
    {
        if (scopes == Scopes.None || (scopes & ~(Scopes.Ingest | Scopes.Query | Scopes.Admin)) != 0)
            throw new ArgumentException("A key needs at least one of the scopes ingest, query, admin.", nameof(scopes));
        if (tenants is [])
            throw new ArgumentException(
                "A key for no tenant is of no use; leave the tenants out for all of the agency.", nameof(tenants));
        if (tenants is not null)
            await CheckTenants(agency, tenants, ct);
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        return await Insert(connection, name, agency, scopes, tenants, expiresAt, ct);
    }

    /// <summary>
    /// Makes the first admin key when there is no key at all (one winner under concurrency), else returns null.
    /// </summary>
    public async Task<string?> CreateFirstAdminKey(CancellationToken ct = default)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var claim = new NpgsqlCommand(Sql.Text<KeyStore>("Control.Sql.lock_keys.sql"), connection))
            await claim.ExecuteNonQueryAsync(ct);
        await using (var any = new NpgsqlCommand(Sql.Text<KeyStore>("Control.Sql.any_key.sql"), connection))
            if (await any.ExecuteScalarAsync(ct) is true)
                return null;
        var (_, text) = await Insert(
            connection, FirstKeyName, TenantStore.DefaultAgency, Scopes.Ingest | Scopes.Query | Scopes.Admin, null, null,
            ct);
        await transaction.CommitAsync(ct);
        return text;
    }

    /// <summary>
    /// The key of a text when the secret is right and it is neither expired nor revoked; compares in constant time.
    /// </summary>
    public async Task<ApiKey?> Authenticate(string text, CancellationToken ct = default)
    {
        if (KeyText.Parse(text) is not { } parsed)
            return null;
        await using var command = database.DataSource.CreateCommand(Sql.Text<KeyStore>("Control.Sql.find_key.sql"));
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = parsed.Id });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = await reader.ReadAsync(ct);
        // An unknown id is compared all the same, so that the time taken tells nothing about which ids exist.
        var stored = found ? reader.GetFieldValue<byte[]>(8) : NoHash;
        var right = CryptographicOperations.FixedTimeEquals(stored, parsed.Hash());
        return found && right && reader.GetBoolean(9) ? Read(reader) : null;
    }

    /// <summary>The keys of an agency (null = of all), by id.</summary>
    public async Task<IReadOnlyList<ApiKey>> List(string? agency, CancellationToken ct = default)
    {
        await using var command = database.DataSource.CreateCommand(Sql.Text<KeyStore>("Control.Sql.list_keys.sql"));
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = agency });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var keys = new List<ApiKey>();
        while (await reader.ReadAsync(ct))
            keys.Add(Read(reader));
        return keys;
    }

    /// <summary>Ends a key at once; false when there is no such key or it is revoked already.</summary>
    public async Task<bool> Revoke(string keyId, CancellationToken ct = default)
    {
        await using var command = database.DataSource.CreateCommand(Sql.Text<KeyStore>("Control.Sql.revoke_key.sql"));
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = keyId });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <summary>
    /// Ends a key at once, or leaves it ended; false when it is the last one that can administer the installation (it
    /// stays) or when there is no such key.
    /// </summary>
    public async Task<bool> RevokeUnlessLastAdmin(string keyId, CancellationToken ct = default)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var claim = new NpgsqlCommand(Sql.Text<KeyStore>("Control.Sql.lock_keys.sql"), connection))
            await claim.ExecuteNonQueryAsync(ct);
        await using var revoke = new NpgsqlCommand(
            Sql.Text<KeyStore>("Control.Sql.revoke_key_unless_last_admin.sql"), connection);
        revoke.Parameters.Add(new NpgsqlParameter<string> { TypedValue = keyId });
        revoke.Parameters.Add(new NpgsqlParameter<int> { TypedValue = (int)Scopes.Admin });
        var revoked = await revoke.ExecuteNonQueryAsync(ct) == 1;
        await transaction.CommitAsync(ct);
        return revoked;
    }

    private async Task CheckTenants(string agency, IReadOnlyList<string> tenants, CancellationToken ct)
    {
        await using var command = database.ForAgency(agency)
            .Command(Sql.Text<KeyStore>("Control.Sql.missing_tenants.sql"), agency, tenants.ToArray());
        if (await command.ExecuteScalar(ct) is string missing)
            throw new ArgumentException($"The agency '{agency}' has no tenant '{missing}'.", nameof(tenants));
    }

    private static async Task<(ApiKey Key, string Text)> Insert(
        NpgsqlConnection connection, string name, string agency, Scopes scopes, IReadOnlyList<string>? tenants,
        DateTimeOffset? expiresAt, CancellationToken ct)
    {
        var text = KeyText.Random();
        await using var command = new NpgsqlCommand(Sql.Text<KeyStore>("Control.Sql.create_key.sql"), connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = text.Id });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = text.Hash() });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = agency });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = (int)scopes });
        command.Parameters.Add(new NpgsqlParameter
        {
            Value = tenants is null ? DBNull.Value : tenants.ToArray(),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar,
        });
        command.Parameters.Add(new NpgsqlParameter
        {
            Value = expiresAt is { } expiry ? expiry.UtcDateTime : DBNull.Value,
            NpgsqlDbType = NpgsqlDbType.TimestampTz,
        });
        try
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            return (Read(reader), text.ToString());
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            throw new ArgumentException($"There is no agency '{agency}'.", nameof(agency), e);
        }
    }

    private static ApiKey Read(NpgsqlDataReader reader) => new(
        reader.GetString(0), reader.GetString(1), reader.GetString(2), (Scopes)reader.GetInt32(3),
        reader.IsDBNull(4) ? null : reader.GetFieldValue<string[]>(4), reader.GetFieldValue<DateTimeOffset>(5),
        reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6),
        reader.IsDBNull(7) ? null : reader.GetFieldValue<DateTimeOffset>(7));
}
