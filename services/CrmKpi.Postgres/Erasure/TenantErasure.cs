using System.Text.Json;
using CrmKpi.Postgres.Control;
using Npgsql;

namespace CrmKpi.Postgres.Erasure;

/// <summary>
/// Erases a tenant, as the role <see cref="DatabaseRoles.Privacy"/>:
/// <list type="number">
/// <item>at once, in one transaction: a row that says so, and all that rows could be added to (head, generations, the
/// tenant itself); from its commit on nobody knows the tenant, and a racing append or lane finds nothing to hang rows
/// on;</item>
/// <item>then table by table in chunks, each with its count in one transaction: any instance goes on after a
/// crash;</item>
/// <item>when nothing is left, a scan of all tables; it ends the deletion if it finds nothing.</item>
/// </list>
/// Of a tenant that lives in a further database, 1. takes place in the main one and then there; 2. and 3. there and then in the
/// main one, which alone says that it is over.
/// </summary>
/// <param name="database">The main one, in the role.</param>
/// <param name="chunkRows">Rows erased in one transaction.</param>
public sealed class TenantErasure(Database database, int chunkRows = TenantErasure.ChunkRowsMax)
{
    /// <summary>As many as a transaction of well under a second erases.</summary>
    public const int ChunkRowsMax = 10_000;

    private const int StatementSecondsMax = 300;

    private const int AttemptsMax = 5;

    /// <summary>The deletion of a tenant, under way or over; null when there is none.</summary>
    public async Task<TenantDeletion?> Find(string tenant, CancellationToken ct = default)
    {
        if (await FindHere(tenant, ct) is not { } deletion)
            return null;
        return deletion.Database != database.Name && await At(deletion.Database).FindHere(tenant, ct) is { } there
            ? deletion.With(there)
            : deletion;
    }

    private async Task<TenantDeletion?> FindHere(string tenant, CancellationToken ct)
    {
        await using var command = Rows(tenant).Command(Text("find_deletion"), tenant);
        await using var reader = await command.ExecuteReader(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    private TenantErasure At(string name) => new(database.Named(name), chunkRows);

    private ScopedSession Rows(string tenant) => database.For(Scope.OfTenant(tenant));

    /// <summary>1. Takes the tenant away at once; false when the agency has no such tenant.</summary>
    /// <exception cref="TenantMoveException">The tenant is being moved to another database.</exception>
    public async Task<bool> Begin(string tenant, string agency, ActedBy by, CancellationToken ct = default)
    {
        var act = new Act(agency, "tenant.deleted", $"tenant/{tenant}", _ => { });
        var home = await Begin(
            tenant, agency, AuditTrail.Text(by.Actor), null,
            transaction => AuditTrail.Append(transaction.Connection, act, by, ct), ct);
        if (home is not null && home != database.Name)
            await At(home).BeginAsHome(tenant, agency, AuditTrail.Text(by.Actor), ct);
        return home is not null;
    }

    /// <summary>The same in the database in which the tenant lived, when the main one knows it no longer.</summary>
    private async Task BeginAsHome(string tenant, string agency, string requestedBy, CancellationToken ct)
    {
        if (await Begin(tenant, agency, requestedBy, database.Name, _ => Task.CompletedTask, ct) is not null)
            return;
        // Its row is not there: all that is left to do is to look.
        await using var command = Rows(tenant).Command(
            Text("begin_deletion"), tenant, agency, requestedBy, database.Name);
        await command.ExecuteNonQuery(ct);
    }

    private async Task<string?> Begin(
        string tenant, string agency, string requestedBy, string? home, Func<ScopedTransaction, Task> done, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
            try
            {
                return await TryBegin(tenant, agency, requestedBy, home, done, ct);
            }
            catch (PostgresException e)
                when (e.SqlState == PostgresErrorCodes.DeadlockDetected && attempt < AttemptsMax)
            {
                // A lane that was starting a generation meanwhile; it has got on now.
            }
    }

    /// <summary>Returns the name of the database in which the tenant lived; null when there is no such tenant.</summary>
    /// <param name="home">Null = as the tenant's row says, which speaks for the main database.</param>
    private async Task<string?> TryBegin(
        string tenant, string agency, string requestedBy, string? home, Func<ScopedTransaction, Task> done, CancellationToken ct)
    {
        await using var transaction = await Rows(tenant).Begin(ct: ct);
        // Generations before the tenant, as lanes lock them: who holds one may be about to start another.
        var generations = await transaction.Execute(
            "DELETE FROM kpi.generations WHERE tenant_id = $1", new object[] { tenant }, ct);
        await using (var lockTenant = transaction.Command(Text("lock_tenant"), tenant, agency))
        {
            await using var reader = await lockTenant.ExecuteReader(ct);
            if (!await reader.ReadAsync(ct))
                return null;
            home ??= reader.GetString(0);
            if (reader.GetBoolean(1))
                throw new TenantMoveException($"Tenant '{tenant}' is being moved to another database; delete it when that is done.");
        }
        await transaction.Execute(ErasureSql.LockHead, new object[] { tenant }, ct);
        await transaction.Execute(Text("begin_deletion"), new object[] { tenant, agency, requestedBy, home }, ct);
        await Count(transaction, tenant, "kpi.generations", generations, ct);
        await EraseFirst(transaction, tenant, ct);
        await transaction.Execute(ErasureSql.NotifyForgotten, new object[] { tenant }, ct);
        await done(transaction);
        await transaction.Commit(ct);
        return home;
    }

    /// <summary>Tenants whose erasure is not over, the oldest request first.</summary>
    public async Task<IReadOnlyList<string>> Open(int max, CancellationToken ct = default)
    {
        await using var command = database.DataSource.CreateCommand(Text("open_deletions"));
        command.Parameters.Add(new() { Value = max });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var tenants = new List<string>();
        while (await reader.ReadAsync(ct))
            tenants.Add(reader.GetString(0));
        return tenants;
    }

    /// <summary>
    /// 2. and 3.: the next chunk, or the scan; false when it is over, somebody else is at it, or the scan has found
    /// something that can only go later.
    /// </summary>
    public async Task<bool> Step(string tenant, CancellationToken ct = default)
    {
        await using var transaction = await Rows(tenant).Begin(ct: ct);
        string? home;
        await using (var claim = transaction.Command(Text("claim_deletion"), tenant))
            home = (string?)await claim.ExecuteScalar(ct);
        if (home is null)
            return false;
        if (home != database.Name && !await IsDoneAt(home, tenant, ct))
            return true;
        var tables = await Tables(transaction, ct);
        foreach (var table in tables)
            if (await DeleteChunk(transaction, tenant, table, chunkRows, ct) is var rows and > 0)
            {
                await Count(transaction, tenant, table, rows, ct);
                await transaction.Commit(ct);
                return true;
            }
        // A key may have been made for the tenant at the moment of the request.
        await EraseFirst(transaction, tenant, ct);
        await Scan(transaction, tenant, tables, ct);
        await transaction.Commit(ct);
        return false;
    }

    /// <summary>A step where the tenant lived; true when there is none left.</summary>
    private async Task<bool> IsDoneAt(string home, string tenant, CancellationToken ct)
    {
        var there = At(home);
        if (await there.FindHere(tenant, ct) is not { } deletion)
        {
            var ours = await FindHere(tenant, ct) ?? throw new InvalidOperationException(
                $"The deletion of tenant '{tenant}' was claimed, and is not there.");
            await there.BeginAsHome(tenant, ours.Agency, ours.RequestedBy, ct);
            return false;
        }
        if (deletion.FinishedAt is not null)
            return true;
        await there.Step(tenant, ct);
        return false;
    }

    /// <summary>Deletes some of a tenant's rows of a table; their number.</summary>
    internal static async Task<int> DeleteChunk(
        ScopedTransaction transaction, string tenant, string table, int rowsMax, CancellationToken ct)
    {
        await using var chunk = transaction.Command(Text("delete_chunk").Replace("{table}", table), tenant, rowsMax);
        chunk.Timeout = StatementSecondsMax;
        return await chunk.ExecuteNonQuery(ct);
    }

    private static async Task EraseFirst(ScopedTransaction transaction, string tenant, CancellationToken ct)
    {
        foreach (var table in ErasedTable.First)
        {
            if (table.Condition is { } condition)
                await Count(transaction, tenant, table.Name, await transaction.Execute(
                    $"DELETE FROM {table.Name} WHERE {condition}", new object[] { tenant }, ct), ct);
            if (table.Change is { } change)
                await transaction.Execute($"UPDATE {table.Name} {change}", new object[] { tenant }, ct);
        }
    }

    private static Task Count(
        ScopedTransaction transaction, string tenant, string table, long rows, CancellationToken ct) =>
        transaction.Execute(Text("count_erased"), new object[] { tenant, table, rows }, ct);

    /// <summary>3. Looks for rows of the tenant in every table.</summary>
    private static async Task Scan(
        ScopedTransaction transaction, string tenant, IReadOnlyList<string> tables, CancellationToken ct)
    {
        var found = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in ErasedTable.First.Concat(tables.Select(ErasedTable.Of)))
        {
            await using var count = transaction.Command(table.CountSql, tenant);
            count.Timeout = StatementSecondsMax;
            found[table.Name] = found.GetValueOrDefault(table.Name) + (long)(await count.ExecuteScalar(ct))!;
        }
        var isClean = found.Values.All(rows => rows == 0);
        await transaction.Execute(ErasureSql.NotifyForgotten, new object[] { tenant }, ct);
        await transaction.Execute(
            Text("end_scan"), new object[] { tenant, JsonSerializer.Serialize(found), isClean }, ct);
    }

    /// <summary>All tables with rows of tenants.</summary>
    internal static async Task<IReadOnlyList<string>> Tables(ScopedTransaction transaction, CancellationToken ct)
    {
        await using var command = transaction.Command(Text("tables_of_tenants"));
        await using var reader = await command.ExecuteReader(ct);
        var tables = new List<string>();
        while (await reader.ReadAsync(ct))
            tables.Add(reader.GetString(0));
        return tables;
    }

    private static TenantDeletion Read(NpgsqlDataReader reader) => new(
        reader.GetString(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetString(3),
        Counts(reader.GetString(4)), reader.IsDBNull(5) ? null : Counts(reader.GetString(5)),
        reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6),
        reader.IsDBNull(7) ? null : reader.GetFieldValue<DateTimeOffset>(7), reader.GetString(8));

    private static SortedDictionary<string, long> Counts(string json) =>
        new(JsonSerializer.Deserialize<Dictionary<string, long>>(json)!, StringComparer.Ordinal);

    private static string Text(string name) => Sql.Text<TenantErasure>($"Erasure.Sql.{name}.sql");
}
