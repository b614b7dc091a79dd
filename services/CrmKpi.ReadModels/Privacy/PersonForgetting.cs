using System.Security.Cryptography;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Privacy;
using CrmKpi.Domain.Settings;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Erasure;
using CrmKpi.ReadModels.Generations;
using Npgsql;

namespace CrmKpi.ReadModels.Privacy;

/// <summary>
/// Forgets a customer or a user, as the role <see cref="DatabaseRoles.Privacy"/>; each step is a transaction, so that
/// any instance goes on after a crash:
/// <list type="number">
/// <item>the request: a random pseudonym, and then an act in the agency's trail that names nobody;</item>
/// <item>the person's stream gets the pseudonym, while nobody appends; streams with something about a customer are
/// found;</item>
/// <item>the log is masked chunk by chunk (<see cref="PersonMask"/>), up to where it ended then;</item>
/// <item>dimension values are renamed, what is quarantined about the person goes, and a generation is begun;</item>
/// <item>when the generations from before are gone, the row forgets who it was, too.</item>
/// </list>
/// </summary>
public sealed class PersonForgetting(Database database, int chunkEvents = PersonForgetting.ChunkEventsMax)
{
    /// <summary>Events that are looked at in one transaction.</summary>
    public const int ChunkEventsMax = 5_000;

    private const int PseudonymBytes = 10;
    private const int StatementSecondsMax = 300;

    /// <summary>1. Begins; the same person again while it is under way is the same forgetting.</summary>
    public async Task<Forgetting> Begin(
        string tenant, string agency, PersonKind kind, string person, ActedBy by, CancellationToken ct = default)
    {
        var pseudonym = $"forgotten-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(PseudonymBytes))}";
        var begun = await database.AtHome(tenant, rows => Insert(rows, tenant, kind, person, pseudonym, ct), ct);
        // In the main database, whatever becomes of the caller: it is being forgotten from now on.
        if (begun is { } id)
            await new AuditTrail(database).Append(new Act(agency, "person.forgotten", $"tenant/{tenant}", json =>
            {
                json.WriteString("kind", PersonMask.KindName(kind));
                json.WriteString("pseudonym", pseudonym);
                json.WriteString("forgetting", id);
            }), by, CancellationToken.None);
        await using var find = database.For(tenant).Command(
            Text("find_open"), tenant, PersonMask.KindName(kind), person, pseudonym);
        await using var reader = await find.ExecuteReader(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : throw new InvalidOperationException(
            $"A forgetting of tenant '{tenant}' was begun, and is not there.");
    }

    /// <summary>Null when it is under way already.</summary>
    /// <exception cref="TenantMoveException">What is copied already would come through it unmasked.</exception>
    private async Task<Guid?> Insert(
        ScopedSession rows, string tenant, PersonKind kind, string person, string pseudonym, CancellationToken ct)
    {
        await using var transaction = await rows.Begin(ct: ct);
        await using var insert = transaction.Command(
            Text("begin_forgetting"), tenant, PersonMask.KindName(kind), person, pseudonym);
        var begun = (Guid?)await insert.ExecuteScalar(ct);
        // After the insert, which holds the head: a move looks for forgettings under the lock of it.
        await using var move = database.For(Scope.OfTenant(tenant)).Command(Text("is_moving"), tenant);
        if (await move.ExecuteScalar(ct) is true)
            throw new TenantMoveException(
                $"Tenant '{tenant}' is being moved to another database; forget the person when that is done.");
        await transaction.Commit(ct);
        return begun;
    }

    /// <summary>A forgetting of the tenant; null when there is none of the id.</summary>
    public async Task<Forgetting?> Find(string tenant, Guid id, CancellationToken ct = default)
    {
        await using var command = database.For(tenant).Command(Text("find_forgetting"), tenant, id);
        await using var reader = await command.ExecuteReader(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    /// <summary>Those that are not over, the oldest request first.</summary>
    public async Task<IReadOnlyList<(string Tenant, Guid Id)>> Open(int max, CancellationToken ct = default)
    {
        await using var command = database.DataSource.CreateCommand(Text("open_forgettings"));
        command.Parameters.Add(new() { Value = max });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var open = new List<(string, Guid)>();
        while (await reader.ReadAsync(ct))
            open.Add((reader.GetString(0), reader.GetGuid(1)));
        return open;
    }

    /// <summary>The next step; false when there is nothing to do (now).</summary>
    public async Task<bool> Step(string tenant, Guid id, CancellationToken ct = default)
    {
        await using var transaction = await database.For(tenant).Begin(ct: ct);
        Forgetting? claimed;
        await using (var claim = transaction.Command(Text("claim_forgetting"), tenant, id))
        await using (var reader = await claim.ExecuteReader(ct))
            claimed = await reader.ReadAsync(ct) ? Read(reader) : null;
        if (claimed is not { Person: not null } open)
            return false;
        var hasMore = open switch
        {
            { Streams: null } => await Rename(transaction, open, ct),
            { MaskedAt: null } => await MaskChunk(transaction, open, ct),
            _ => await Finish(transaction, open, ct),
        };
        await transaction.Commit(ct);
        return hasMore;
    }

    /// <summary>
    /// 2. The lock of the head keeps appends from going on with the stream while its events move. What comes later is a
    /// new stream, under the id that the source sends.
    /// </summary>
    private static async Task<bool> Rename(ScopedTransaction transaction, Forgetting open, CancellationToken ct)
    {
        var kind = PersonMask.KindName(open.Kind);
        await Execute(transaction, ErasureSql.LockHead, ct, open.Tenant);
        await Run(transaction, "rename_stream", ct, open.Tenant, $"{kind}/{open.Person}", $"{kind}/{open.Pseudonym}");
        await Run(transaction, "tie_streams", ct, open.Tenant, open.Id, kind, open.Person!);
        return true;
    }

    /// <summary>3. and, at the end, 4.</summary>
    private async Task<bool> MaskChunk(ScopedTransaction transaction, Forgetting open, CancellationToken ct)
    {
        var mask = new PersonMask(
            open.Kind, open.Person!, open.Pseudonym, open.Streams!.ToHashSet(StringComparer.Ordinal));
        var to = Math.Min(open.Position + chunkEvents, open.Until);
        var rows = await ReadChunk(transaction, open, to, ct);
        var masked = new MaskedRows();
        foreach (var row in rows)
            masked.Add(row, mask.Mask(row.Type, row.Stream, row.Data), open);
        if (masked.Count > 0)
            await Run(transaction, "mask_events", ct, [open.Tenant, .. masked.Columns()]);
        await Run(transaction, "move_forgetting", ct, open.Tenant, open.Id, to, (long)masked.Count);
        return to < open.Until || await Rebuild(transaction, open, ct);
    }

    /// <summary>4. False while the first read models are not there yet: they may come from the log as it was.</summary>
    private static async Task<bool> Rebuild(ScopedTransaction transaction, Forgetting open, CancellationToken ct)
    {
        if (open.Kind == PersonKind.User)
            await Run(transaction, "rename_dimension", ct, open.Tenant, open.Person!, open.Pseudonym);
        var quarantined = await Run(transaction, "delete_quarantined", ct, open.Tenant, open.Person!);
        await Run(transaction, "forget_verification", ct, open.Tenant);
        // One that is being built has read the log from before.
        await Run(transaction, "retire_building", ct, open.Tenant);
        var empty = new SettingsFold();
        var generation = await GenerationStore.Start(
            transaction, open.Tenant, Measures.RulesVersion, GenerationStatus.Building, empty.Serialize(),
            empty.Settings.CountingKey, ct);
        await Run(transaction, "count_quarantined", ct, open.Tenant, open.Id, (long)quarantined);
        if (generation is null && open.Until > 0)
            return false;
        await Run(transaction, "end_masking", ct, open.Tenant, open.Id, generation ?? 0);
        await Execute(transaction, ErasureSql.NotifyForgotten, ct, open.Tenant);
        return true;
    }

    /// <summary>5. False while older read models are there.</summary>
    private static async Task<bool> Finish(ScopedTransaction transaction, Forgetting open, CancellationToken ct)
    {
        if (await Run(transaction, "end_forgetting", ct, open.Tenant, open.Id) > 0)
            await Execute(transaction, ErasureSql.NotifyForgotten, ct, open.Tenant);
        return false;
    }

    private static async Task<List<LogRow>> ReadChunk(
        ScopedTransaction transaction, Forgetting open, long to, CancellationToken ct)
    {
        await using var command = transaction.Command(
            Text("read_chunk"), open.Tenant, open.Position, to, open.Person!, open.Pseudonym, open.Streams!.ToArray());
        command.Timeout = StatementSecondsMax;
        await using var reader = await command.ExecuteReader(ct);
        var rows = new List<LogRow>();
        while (await reader.ReadAsync(ct))
            rows.Add(new LogRow(
                reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3),
                System.Text.Encoding.UTF8.GetBytes(reader.GetString(4))));
        return rows;
    }

    private static Task<int> Run(
        ScopedTransaction transaction, string name, CancellationToken ct, params object[] parameters) =>
        Execute(transaction, Text(name), ct, parameters);

    private static async Task<int> Execute(
        ScopedTransaction transaction, string sql, CancellationToken ct, params object[] parameters)
    {
        await using var command = transaction.Command(sql, parameters);
        command.Timeout = StatementSecondsMax;
        return await command.ExecuteNonQuery(ct);
    }

    private static Forgetting Read(NpgsqlDataReader reader) => new(
        reader.GetString(0), reader.GetGuid(1), Enum.Parse<PersonKind>(reader.GetString(2), ignoreCase: true),
        reader.IsDBNull(3) ? null : reader.GetString(3), reader.GetString(4), reader.GetFieldValue<DateTimeOffset>(5),
        reader.GetInt64(6), reader.GetInt64(7), Time(reader, 8), reader.IsDBNull(9) ? null : reader.GetInt32(9),
        Time(reader, 10))
    {
        Streams = reader.IsDBNull(11) ? null : reader.GetFieldValue<string[]>(11),
        Position = reader.GetInt64(12),
        Until = reader.IsDBNull(13) ? 0 : reader.GetInt64(13),
    };

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private static string Text(string name) => Sql.Text<PersonForgetting>($"Privacy.Sql.{name}.sql");
}
