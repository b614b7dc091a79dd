using System.Security.Cryptography;
using Npgsql;

namespace CrmKpi.Postgres.Control;

/// <summary>Which keys a list has.</summary>
/// <param name="Agency">Null = of all agencies.</param>
/// <param name="Within">Only keys that are bound to some of these tenants and to no other; null = any.</param>
/// <param name="Without">Scopes that no key of the list has.</param>
public sealed record KeyFilter(string? Agency, IReadOnlyList<string>? Within = null, Scopes Without = Scopes.None);

/// <summary>
/// API keys: <c>crmkpi_&lt;id&gt;_&lt;secret&gt;</c>; only the SHA-256 of the 256-bit secret is stored. Whatever changes
/// a key stands in the trail of its agency.
/// </summary>
public sealed class KeyStore(Database database)
{
    /// <summary>What the text of every key begins with, and no other credential.</summary>
    public const string TextPrefix = KeyText.Prefix;

    private const string FirstKeyName = "first admin key";
    private static readonly byte[] NoHash = new byte[SHA256.HashSizeInBytes];

    /// <summary>The text of a key whose secret is kept apart from its id.</summary>
    public static string TextOf(string id, string secret) => $"{TextPrefix}{id}_{secret}";

    /// <summary>Makes a key, as a process of ours, and returns its text, which cannot be had again.</summary>
    /// <exception cref="ArgumentException">No scope, or an agency or tenant that does not exist there.</exception>
    public Task<(ApiKey Key, string Text)> Create(
        string name, string agency, Scopes scopes, IReadOnlyList<string>? tenants, DateTimeOffset? expiresAt,
        CancellationToken ct = default) =>
        Create(new NewKey(name, agency, scopes, tenants, expiresAt), ActedBy.Process("crmkpi"), ct);

    /// <summary>Makes a key and returns its text, which cannot be had again.</summary>
    /// <exception cref="ArgumentException">
    /// No scope, an operator that is bound to tenants, or an agency or tenant that does not exist there.
    /// </exception>
    public async Task<(ApiKey Key, string Text)> Create(NewKey wanted, ActedBy by, CancellationToken ct = default)
    {
        Check(wanted);
        await using var transaction = await database.ForAgency(wanted.Agency).Begin(ct: ct);
        if (wanted.Tenants is not null)
            await CheckTenants(transaction, wanted.Agency, wanted.Tenants, ct);
        var made = await Insert(await transaction.Enter(ct), wanted, by, ct);
        await transaction.Commit(ct);
        return made;
    }

    /// <summary>
    /// Makes the first key, which may do everything, when there is no key at all (one winner under concurrency), else
    /// returns null.
    /// </summary>
    public async Task<string?> CreateFirstAdminKey(CancellationToken ct = default)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var claim = new NpgsqlCommand(Text("lock_keys"), connection))
            await claim.ExecuteNonQueryAsync(ct);
        await using (var any = new NpgsqlCommand(Text("any_key"), connection))
            if (await any.ExecuteScalarAsync(ct) is true)
                return null;
        var (_, text) = await Insert(
            connection, new NewKey(FirstKeyName, Agency.Default, Scopes.All, null, null), ActedBy.Process("first start"), ct);
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
        await using var command = FindCommand(parsed.Id);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = await reader.ReadAsync(ct);
        // An unknown id is compared all the same, so that the time taken tells nothing about which ids exist.
        var stored = found ? reader.GetFieldValue<byte[]>(KeyRows.Next) : NoHash;
        var right = CryptographicOperations.FixedTimeEquals(stored, parsed.Hash());
        return found && right && reader.GetBoolean(KeyRows.Next + 1) ? KeyRows.Read(reader) : null;
    }

    /// <summary>The key of an id, usable or not; null when there is none.</summary>
    public async Task<ApiKey?> Find(string keyId, CancellationToken ct = default)
    {
        await using var command = FindCommand(keyId);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? KeyRows.Read(reader) : null;
    }

    /// <summary>Keys by id, after <paramref name="afterId"/>, at most <paramref name="max"/>.</summary>
    public async Task<IReadOnlyList<ApiKey>> List(
        KeyFilter filter, string? afterId, int max, CancellationToken ct = default)
    {
        await using var command = database.DataSource.CreateCommand(Text("list_keys"));
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = filter.Agency });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = afterId ?? "" });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = max });
        command.Parameters.Add(KeyRows.Tenants(filter.Within));
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = (int)filter.Without });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var keys = new List<ApiKey>();
        while (await reader.ReadAsync(ct))
            keys.Add(KeyRows.Read(reader));
        return keys;
    }

    private static void Check(NewKey wanted)
    {
        if (wanted.Scopes == Scopes.None || (wanted.Scopes & ~Scopes.All) != 0)
            throw new ArgumentException(
                $"A key needs at least one of the scopes {string.Join(", ", ScopeNames.All)}.", nameof(wanted));
        if (wanted.Tenants is [])
            throw new ArgumentException(
                "A key for no tenant is of no use; leave the tenants out for all of the agency.", nameof(wanted));
        if (wanted.Scopes.HasFlag(Scopes.Operator) && wanted.Tenants is not null)
            throw new ArgumentException("An operator's key cannot be bound to tenants.", nameof(wanted));
    }

    private static async Task CheckTenants(
        ScopedTransaction transaction, string agency, IReadOnlyList<string> tenants, CancellationToken ct)
    {
        await using var command = transaction.Command(Text("missing_tenants"), agency, tenants.ToArray());
        if (await command.ExecuteScalar(ct) is string missing)
            throw new ArgumentException($"The agency '{agency}' has no tenant '{missing}'.", nameof(tenants));
    }

    private static async Task<(ApiKey Key, string Text)> Insert(
        NpgsqlConnection connection, NewKey wanted, ActedBy by, CancellationToken ct)
    {
        var made = await KeyRows.Insert(connection, wanted, null, ct);
        await AuditTrail.Append(connection, new Act(
            wanted.Agency, "key.created", $"key/{made.Key.Id}", json => KeyRows.Describe(json, made.Key)), by, ct);
        return made;
    }

    private NpgsqlCommand FindCommand(string keyId)
    {
        var command = database.DataSource.CreateCommand(Text("find_key"));
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = keyId });
        return command;
    }

    private static string Text(string name) => Sql.Text<KeyStore>($"Control.Sql.{name}.sql");
}
