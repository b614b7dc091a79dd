using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace CrmKpi.Postgres.Control;

/// <summary>Rows of <c>control.api_keys</c>.</summary>
internal static class KeyRows
{
    /// <summary>The first column behind those of <see cref="Read"/>.</summary>
    public const int Next = 11;

    /// <summary>A key from the columns that every statement begins with.</summary>
    public static ApiKey Read(NpgsqlDataReader reader) => new(
        reader.GetString(0), reader.GetString(1), reader.GetString(2), (Scopes)reader.GetInt32(3),
        reader.IsDBNull(4) ? null : reader.GetFieldValue<string[]>(4), reader.GetFieldValue<DateTimeOffset>(5),
        Time(reader, 6), Time(reader, 7), Time(reader, 8), TextOf(reader, 9), TextOf(reader, 10));

    /// <summary>Inserts a key and returns its text, which cannot be had again.</summary>
    public static async Task<(ApiKey Key, string Text)> Insert(
        NpgsqlConnection connection, NewKey wanted, string? replaces, CancellationToken ct)
    {
        var text = KeyText.Random();
        await using var command = new NpgsqlCommand(Sql.Text<KeyStore>("Control.Sql.create_key.sql"), connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = text.Id });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = text.Hash() });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = wanted.Name });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = wanted.Agency });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = (int)wanted.Scopes });
        command.Parameters.Add(Tenants(wanted.Tenants));
        command.Parameters.Add(Time(wanted.ExpiresAt));
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = replaces });
        try
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            return (Read(reader), text.ToString());
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            throw new ArgumentException($"There is no agency '{wanted.Agency}'.", nameof(wanted), e);
        }
    }

    /// <summary>What the trail says of a new key.</summary>
    public static void Describe(Utf8JsonWriter json, ApiKey key)
    {
        json.WriteString("name", key.Name);
        json.WriteStartArray("scopes");
        foreach (var scope in ScopeNames.Of(key.Scopes))
            json.WriteStringValue(scope);
        json.WriteEndArray();
        if (key.Tenants is { } tenants)
        {
            json.WriteStartArray("tenants");
            foreach (var tenant in tenants)
                json.WriteStringValue(tenant);
            json.WriteEndArray();
        }
        if (key.ExpiresAt is { } expiry)
            json.WriteString("expiresAt", expiry.UtcDateTime);
    }

    public static NpgsqlParameter Tenants(IReadOnlyList<string>? tenants) => new()
    {
        Value = tenants is null ? DBNull.Value : tenants.ToArray(),
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar,
    };

    public static NpgsqlParameter Time(DateTimeOffset? time) => new()
    {
        Value = time is { } given ? given.UtcDateTime : DBNull.Value,
        NpgsqlDbType = NpgsqlDbType.TimestampTz,
    };

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private static string? TextOf(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetString(column);
}
