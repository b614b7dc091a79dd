using Npgsql;

namespace CrmKpi.Postgres.Control;

/// <summary>What became of a registration.</summary>
public enum Registration
{
    /// <summary>It was there already, with the same name.</summary>
    Same,

    /// <summary>It was not there before.</summary>
    Created,

    /// <summary>It had another name.</summary>
    Renamed,
}

/// <summary>Agencies in the <c>control</c> schema.</summary>
public sealed class AgencyStore(Database database)
{
    /// <summary>Registers an agency, or gives it another name.</summary>
    /// <exception cref="ArgumentException">The id is no agency id.</exception>
    public async Task<Registration> Put(string id, string name, ActedBy by, CancellationToken ct = default)
    {
        if (!Agency.IsValidId(id))
            throw new ArgumentException($"'{id}' is no agency id: it must match {Agency.IdPattern}.", nameof(id));
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var created = await Command(connection, "register_agency", id, name).ExecuteNonQueryAsync(ct) == 1;
        var before = created
            ? null
            : (string?)await Command(connection, "rename_agency", id, name).ExecuteScalarAsync(ct);
        if (!created && before is null)
            return Registration.Same;
        var type = created ? "agency.registered" : "agency.renamed";
        await AuditTrail.Append(connection, new Act(id, type, $"agency/{id}", json =>
        {
            json.WriteString("name", name);
            if (before is not null)
                json.WriteString("before", before);
        }), by, ct);
        await transaction.CommitAsync(ct);
        return created ? Registration.Created : Registration.Renamed;
    }

    /// <summary>The agency, or null.</summary>
    public async Task<Agency?> Find(string id, CancellationToken ct = default)
    {
        await using var command = database.DataSource.CreateCommand(Text("find_agency"));
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = id });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    /// <summary>All, by id, after <paramref name="afterId"/>, at most <paramref name="max"/>.</summary>
    public async Task<IReadOnlyList<Agency>> List(string? afterId, int max, CancellationToken ct = default)
    {
        await using var command = database.DataSource.CreateCommand(Text("list_agencies"));
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = afterId ?? "" });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = max });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var agencies = new List<Agency>();
        while (await reader.ReadAsync(ct))
            agencies.Add(Read(reader));
        return agencies;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string statement, string id, string name)
    {
        var command = new NpgsqlCommand(Text(statement), connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = id });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        return command;
    }

    private static string Text(string name) => Sql.Text<AgencyStore>($"Control.Sql.{name}.sql");

    private static Agency Read(NpgsqlDataReader reader) =>
        new(reader.GetString(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2));
}
