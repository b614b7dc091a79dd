using CrmKpi.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace CrmKpi.EventLog;

/// <summary>
/// Input that was refused, kept until it is retried or discarded. Bounded per tenant: the oldest goes first.
/// </summary>
public sealed class Quarantine(Database database)
{
    /// <summary>Rows kept of a tenant.</summary>
    public const int QuarantineRowsMax = 10_000;

    /// <summary>Bytes kept of one body; the true length is kept beside it.</summary>
    public const int BodyBytesMax = 1 << 20;

    /// <summary>Bytes of bodies kept of a tenant.</summary>
    public const long TenantBytesMax = 256L << 20;

    private const int TextCharsMax = 2_000;

    /// <summary>
    /// Adds rows, and removes the tenant's oldest beyond the limits. Id, time and attempts of the argument are not
    /// looked at.
    /// </summary>
    /// <exception cref="UnknownTenantException">The tenant is not registered.</exception>
    /// <exception cref="TenantMovingException">The tenant is on its way to another database.</exception>
    public async Task Add(string tenant, IReadOnlyList<QuarantinedEvent> events, CancellationToken ct = default)
    {
        if (events.Count == 0)
            return;
        try
        {
            await database.AtHome(tenant, session => Add(session, tenant, events, ct), ct);
        }
        catch (PostgresException e) when (
            e.SqlState == PostgresErrorCodes.ForeignKeyViolation && e.ConstraintName == Database.TenantHome)
        {
            throw new TenantMovingException(tenant);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            throw new UnknownTenantException(tenant);
        }
    }

    private static async Task<int> Add(
        ScopedSession session, string tenant, IReadOnlyList<QuarantinedEvent> events, CancellationToken ct)
    {
        await using var batch = session.Batch();
        // One by one in the batch: bodies of a megabyte each in one array could pass PostgreSQL's limit of a value.
        foreach (var e in events)
            batch.Add(Insert(tenant, e));
        batch.Add(new NpgsqlBatchCommand(Texts.TrimQuarantine)
        {
            Parameters =
            {
                Text(tenant), new NpgsqlParameter<int> { TypedValue = QuarantineRowsMax },
                new NpgsqlParameter<long> { TypedValue = TenantBytesMax },
            },
        });
        return await batch.ExecuteNonQuery(ct);
    }

    /// <summary>The rows of a tenant by id after one, at most <paramref name="max"/>.</summary>
    public async Task<IReadOnlyList<QuarantinedEvent>> List(
        string tenant, long afterId, int max, CancellationToken ct = default)
    {
        await using var command = database.For(tenant).Command(Texts.ListQuarantine, Text(tenant), afterId, max);
        await using var reader = await command.ExecuteReader(ct);
        var rows = new List<QuarantinedEvent>();
        while (await reader.ReadAsync(ct))
            rows.Add(new QuarantinedEvent(
                reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), Nullable(reader, 2), Nullable(reader, 3),
                Nullable(reader, 4), reader.GetString(5), reader.GetString(6), Nullable(reader, 7),
                reader.GetFieldValue<byte[]>(8), reader.GetInt32(9), reader.GetInt64(10)));
        return rows;
    }

    /// <summary>Takes rows out after their retry succeeded.</summary>
    public async Task Remove(string tenant, IReadOnlyList<long> ids, CancellationToken ct = default)
    {
        await using var command = database.For(tenant).Command(
            Texts.RemoveQuarantine, Text(tenant), new NpgsqlParameter<long[]> { TypedValue = [.. ids] });
        await command.ExecuteNonQuery(ct);
    }

    /// <summary>Notes a retry that failed again, with its newest reason; counts the attempt.</summary>
    public async Task Update(string tenant, QuarantinedEvent again, CancellationToken ct = default)
    {
        await using var command = database.For(tenant).Command(
            Texts.UpdateQuarantine, Text(tenant), again.Id, Text(Storable(again.Code)), Text(Storable(again.Detail)),
            Text(Storable(again.Pointer)));
        await command.ExecuteNonQuery(ct);
    }

    private static NpgsqlBatchCommand Insert(string tenant, QuarantinedEvent e) => new(Texts.AddQuarantine)
    {
        Parameters =
        {
            Text(tenant), Text(Storable(e.EventId)), Text(Storable(e.Source)), Text(Storable(e.Type)),
            Text(Storable(e.Code)), Text(Storable(e.Detail)), Text(Storable(e.Pointer)),
            new NpgsqlParameter<ReadOnlyMemory<byte>>
            {
                TypedValue = e.Body.Length > BodyBytesMax ? e.Body[..BodyBytesMax] : e.Body,
                NpgsqlDbType = NpgsqlDbType.Bytea,
            },
            new NpgsqlParameter<long> { TypedValue = Math.Max(e.BodyLength, e.Body.Length) },
        },
    };

    /// <summary>
    /// What was refused may be refused because of its texts: here they are only for people, so they are made storable.
    /// </summary>
    private static string? Storable(string? text)
    {
        if (text is null)
            return null;
        var cut = text.Length > TextCharsMax ? text[..TextCharsMax] : text;
        var storable = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(cut));
        return storable.Replace('\0', '\uFFFD');
    }

    private static NpgsqlParameter Text(string? value) => new()
    {
        Value = value is null ? DBNull.Value : value,
        NpgsqlDbType = NpgsqlDbType.Text,
    };

    private static string? Nullable(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetString(column);
}
