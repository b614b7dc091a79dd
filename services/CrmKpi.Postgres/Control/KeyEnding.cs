using Npgsql;

namespace CrmKpi.Postgres.Control;

/// <summary>What became of a revocation.</summary>
public enum Revocation
{
    /// <summary>The key has ended, now or before.</summary>
    Ended,

    /// <summary>It stays: without it nobody could administer any more.</summary>
    Last,
}

/// <summary>What became of a rotation.</summary>
/// <param name="Key">The new key; null when there is none, and <paramref name="Old"/> says why.</param>
/// <param name="Text">Its text, which cannot be had again.</param>
/// <param name="Old">The old key, as it was before.</param>
public sealed record Rotation(ApiKey? Key, string? Text, ApiKey Old)
{
    /// <summary>The old key was replaced already, by <see cref="ApiKey.ReplacedBy"/>, which works.</summary>
    public bool IsReplaced { get; init; }
}

/// <summary>The end of keys: at once, or after a while that they share with their successor.</summary>
public sealed class KeyEnding(Database database)
{
    /// <summary>Ends a key at once; false when there is no such key or it is revoked already.</summary>
    public async Task<bool> Revoke(string keyId, ActedBy by, CancellationToken ct = default)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await Command(connection, "revoke_key", keyId).ExecuteScalarAsync(ct) is not string agency)
            return false;
        await Record(connection, agency, keyId, by, ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    /// <summary>
    /// Ends a key at once, or leaves it ended; but of keys that administer one must be left: of operators one anywhere, of
    /// others one in the agency, unless an operator ends it.
    /// </summary>
    public async Task<Revocation> RevokeUnlessLast(
        ApiKey key, bool byOperator, ActedBy by, CancellationToken ct = default)
    {
        var isOperator = key.Scopes.HasFlag(Scopes.Operator);
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var claim = new NpgsqlCommand(Text("lock_keys"), connection))
            await claim.ExecuteNonQueryAsync(ct);
        await using var revoke = Command(connection, "revoke_key_unless_last", key.Id);
        revoke.Parameters.Add(new NpgsqlParameter<int>
        {
            TypedValue = (int)(isOperator ? Scopes.Operator : byOperator ? Scopes.None : Scopes.Admin),
        });
        revoke.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = isOperator ? null : key.Agency });
        if (await revoke.ExecuteNonQueryAsync(ct) == 1)
            await Record(connection, key.Agency, key.Id, by, ct);
        await using var usable = Command(connection, "is_revoked", key.Id);
        var isRevoked = await usable.ExecuteScalarAsync(ct) is true;
        await transaction.CommitAsync(ct);
        return isRevoked ? Revocation.Ended : Revocation.Last;
    }

    /// <summary>
    /// Makes a key for an old one, which goes on for the overlap, but never longer than it would have anyway. The new one
    /// lives as long as the old one was meant to live, counted from now.
    /// </summary>
    /// <returns>Null when there is no such key.</returns>
    public async Task<Rotation?> Rotate(string keyId, TimeSpan overlap, ActedBy by, CancellationToken ct = default)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await Lock(connection, keyId, ct) is not var (old, usable, succeeded, now))
            return null;
        if (!usable || succeeded)
            return new Rotation(null, null, old) { IsReplaced = usable };

        DateTimeOffset? expiry = old.ExpiresAt is { } end ? now + (end - old.CreatedAt) : null;
        var (key, text) = await KeyRows.Insert(
            connection, new NewKey(old.Name, old.Agency, old.Scopes, old.Tenants, expiry), old.Id, ct);
        var until = now + overlap;
        await using var replace = Command(connection, "replace_key", old.Id);
        replace.Parameters.Add(new NpgsqlParameter<string> { TypedValue = key.Id });
        replace.Parameters.Add(KeyRows.Time(until));
        await replace.ExecuteNonQueryAsync(ct);
        await AuditTrail.Append(connection, new Act(old.Agency, "key.rotated", $"key/{old.Id}", json =>
        {
            json.WriteString("replacedBy", key.Id);
            json.WriteString("worksUntil", (old.ExpiresAt < until ? old.ExpiresAt.Value : until).UtcDateTime);
            KeyRows.Describe(json, key);
        }), by, ct);
        await transaction.CommitAsync(ct);
        return new Rotation(key, text, old);
    }

    private static async Task<(ApiKey Old, bool Usable, bool Succeeded, DateTimeOffset Now)?> Lock(
        NpgsqlConnection connection, string keyId, CancellationToken ct)
    {
        await using (var claim = Command(connection, "lock_key", keyId))
            await claim.ExecuteNonQueryAsync(ct);
        await using var command = Command(connection, "read_key_state", keyId);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? (KeyRows.Read(reader), reader.GetBoolean(KeyRows.Next), reader.GetBoolean(KeyRows.Next + 1),
                reader.GetFieldValue<DateTimeOffset>(KeyRows.Next + 2))
            : null;
    }

    private static Task Record(
        NpgsqlConnection connection, string agency, string keyId, ActedBy by, CancellationToken ct) =>
        AuditTrail.Append(connection, new Act(agency, "key.revoked", $"key/{keyId}", _ => { }), by, ct);

    private static NpgsqlCommand Command(NpgsqlConnection connection, string statement, string keyId)
    {
        var command = new NpgsqlCommand(Text(statement), connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = keyId });
        return command;
    }

    private static string Text(string name) => Sql.Text<KeyEnding>($"Control.Sql.{name}.sql");
}
