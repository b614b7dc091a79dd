using System.Buffers;
using System.Text;
using System.Text.Json;
using Npgsql;

namespace CrmKpi.Postgres.Control;

/// <summary>
/// The trail of administrative acts of each agency: append only, without gaps. An act that is a change in the
/// <c>control</c> schema is appended in the transaction of that change, as its last statement: either both are there or
/// neither.
/// </summary>
public sealed class AuditTrail(Database database)
{
    /// <summary>Appends an act in a transaction of its own: for acts that are not changes of this schema.</summary>
    public async Task Append(Act act, ActedBy by, CancellationToken ct = default)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await Append(connection, act, by, ct);
    }

    /// <summary>Appends an act in the transaction of the connection, as its last statement.</summary>
    /// <exception cref="ArgumentException">There is no such agency.</exception>
    public static async Task Append(NpgsqlConnection connection, Act act, ActedBy by, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Sql.Text<AuditTrail>("Control.Sql.append_act.sql"), connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = act.Agency });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = act.Type });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = act.Subject });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Text(by.Actor) });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = by.RequestId });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Text(act.Changes) });
        if (await command.ExecuteNonQueryAsync(ct) != 1)
            throw new ArgumentException($"There is no agency '{act.Agency}'.", nameof(act));
    }

    /// <summary>Acts of an agency after a sequence, in order, at most <paramref name="max"/>.</summary>
    public async Task<IReadOnlyList<RecordedAct>> Read(
        string agency, long after, int max, CancellationToken ct = default)
    {
        await using var command = database.ForAgency(agency)
            .Command(Sql.Text<AuditTrail>("Control.Sql.list_acts.sql"), agency, after, max);
        await using var reader = await command.ExecuteReader(ct);
        var acts = new List<RecordedAct>();
        while (await reader.ReadAsync(ct))
            acts.Add(new RecordedAct(
                reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3),
                reader.GetString(4), reader.IsDBNull(5) ? null : reader.GetString(5), reader.GetString(6)));
        return acts;
    }

    /// <summary>An actor as JSON.</summary>
    public static string Text(Actor actor) => Text(json =>
    {
        json.WriteString("kind", actor.Kind);
        json.WriteString("id", actor.Id);
        json.WriteString("agency", actor.Agency);
    });

    private static string Text(Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
