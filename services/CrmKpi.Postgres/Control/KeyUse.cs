using Npgsql;

namespace CrmKpi.Postgres.Control;

/// <summary>The use of keys, for many at once: which of them still work, and when they were used last.</summary>
public sealed class KeyUse(Database database)
{
    /// <summary>Those that are neither revoked nor expired.</summary>
    public async Task<IReadOnlySet<string>> StillUsable(IReadOnlyCollection<string> keyIds, CancellationToken ct = default)
    {
        await using var command = database.DataSource.CreateCommand(Text("usable_keys"));
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. keyIds] });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var usable = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
            usable.Add(reader.GetString(0));
        return usable;
    }

    /// <summary>Notes when keys were used; an earlier time than what is noted changes nothing.</summary>
    public async Task Mark(IReadOnlyCollection<KeyValuePair<string, DateTimeOffset>> used, CancellationToken ct = default)
    {
        await using var command = database.DataSource.CreateCommand(Text("mark_keys_used"));
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. used.Select(u => u.Key)] });
        command.Parameters.Add(new NpgsqlParameter<DateTime[]> { TypedValue = [.. used.Select(u => u.Value.UtcDateTime)] });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static string Text(string name) => Sql.Text<KeyUse>($"Control.Sql.{name}.sql");
}
