using System.Data;
using System.Globalization;
using CrmKpi.Postgres;
using CrmKpi.ReadModels.Generations;

namespace CrmKpi.Projections.Moving;

/// <summary>
/// Copies a tenant's log and what is beside it from one database into another, row by row as it is. The copy ends where the
/// head in the target says; each page is one transaction there, with its streams and the comparison of both sides.
/// Rows come by COPY into a temporary table, and from there through row-level security.
/// </summary>
internal sealed class LogCopy(string tenant, Database source, Database target)
{
    /// <summary>Events of a page.</summary>
    public const int PageEvents = 10_000;

    private const int StatementSecondsMax = 300;

    /// <summary>Tables of tenants beside the log. The read models are built anew from the log; see the tests for the others.</summary>
    internal static readonly string[] Beside = ["control.quarantine", "control.forgettings", "control.usage_days"];

    /// <summary>Makes room in the target; the sequence up to which the copy is there.</summary>
    /// <exception cref="TenantMoveException">There is another log of the tenant.</exception>
    /// <param name="agency">The tenant's.</param>
    /// <param name="move">The number of the move.</param>
    public async Task<long> MakeRoom(string agency, int move, CancellationToken ct)
    {
        await using var transaction = await target.For(tenant).Begin(ct: ct);
        if (target.Name != Database.MainName)
            await TenantMirror.Make(transaction, tenant, agency, ct);
        var copied = await Scalar(transaction, "make_room", ct, tenant, source.Name, Generation.FirstOfLife(move)) as long?
            ?? throw new TenantMoveException($"The database '{target.Name}' has another log of tenant '{tenant}'.");
        await Execute(transaction, "make_partition", ct, tenant);
        await transaction.Commit(ct);
        return copied;
    }

    /// <summary>True while somebody is being forgotten. The lock waits for a request that is just being written.</summary>
    public async Task<bool> IsForgetting(CancellationToken ct)
    {
        await using var transaction = await source.For(tenant).Begin(ct: ct);
        await transaction.Execute(Postgres.Erasure.ErasureSql.LockHead, new object[] { tenant }, ct);
        return await Scalar(transaction, "is_forgetting", ct, tenant) is true;
    }

    /// <summary>Copies the next page at most; the sequence up to which the copy is there then.</summary>
    /// <param name="through">The last sequence wanted.</param>
    public async Task<long> CopyPage(long through, CancellationToken ct)
    {
        await using var to = await target.For(tenant).Begin(ct: ct);
        var after = await Scalar(to, "lock_copy", ct, tenant, source.Name) as long?
            ?? throw new TenantMoveException($"The copy of tenant '{tenant}' in '{target.Name}' is gone.");
        through = Math.Min(through, after + PageEvents);
        if (through <= after)
            return after;
        await using var from = await source.For(tenant).Begin(IsolationLevel.RepeatableRead, ct);
        await CopyRows(from, to, "events.mt_events", string.Create(
            CultureInfo.InvariantCulture, $"AND seq_id > {after} AND seq_id <= {through}"), ct);
        await Execute(to, "count_streams", ct, tenant, after, through);
        var (ours, theirs) = (await Digest(from, after, through, ct), await Digest(to, after, through, ct));
        if (ours != theirs || ours.Events != through - after)
            throw new TenantMoveException(
                $"The events {after + 1} to {through} of tenant '{tenant}' did not come whole: {ours.Events} there, {theirs.Events} here.");
        await Execute(to, "move_copy", ct, tenant, through);
        await Execute(to, "notify_log", ct, tenant, through);
        await to.Commit(ct);
        return through;
    }

    /// <summary>Copies what is beside the log, all of it, in place of what was copied before.</summary>
    /// <param name="head">That of the source, which is closed.</param>
    public async Task CopyBeside(ClosedLog head, CancellationToken ct)
    {
        await using var to = await target.For(tenant).Begin(ct: ct);
        if (await Scalar(to, "lock_copy", ct, tenant, source.Name) is not long copied || copied != head.Sequence)
            throw new TenantMoveException($"The copy of tenant '{tenant}' in '{target.Name}' is not whole.");
        await using var from = await source.For(tenant).Begin(IsolationLevel.RepeatableRead, ct);
        await Execute(to, "set_usage", ct, tenant, head.RecordedAt, head.UsageDay, head.UsageFrom);
        await Execute(to, "set_home", ct, tenant, DBNull.Value);
        foreach (var table in Beside)
        {
            await Run(to, $"DELETE FROM {table} WHERE tenant_id = $1", ct, tenant);
            await CopyRows(from, to, table, "", ct);
        }
        await Execute(to, "pass_ids", ct, tenant);
        await Execute(to, "set_home", ct, tenant, source.Name);
        await to.Commit(ct);
    }

    private async Task CopyRows(
        ScopedTransaction from, ScopedTransaction to, string table, string condition, CancellationToken ct)
    {
        var columns = (string)(await Scalar(from, "columns", ct, table))!;
        await Run(to, $"CREATE TEMPORARY TABLE brought (LIKE {table}) ON COMMIT DROP", ct);
        // COPY takes no parameters. The id of a tenant is made of letters, digits and hyphens.
        await using (var read = await (await from.Enter(ct)).BeginRawBinaryCopyAsync(
            $"COPY (SELECT {columns} FROM {table} WHERE tenant_id = '{tenant}' {condition}) TO STDOUT (FORMAT BINARY)", ct))
        await using (var write = await (await to.Enter(ct)).BeginRawBinaryCopyAsync(
            $"COPY brought ({columns}) FROM STDIN (FORMAT BINARY)", ct))
            await read.CopyToAsync(write, ct);
        await Run(
            to, $"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM brought", ct);
        await Run(to, "DROP TABLE brought", ct);
    }

    private async Task<(long Events, decimal Digest)> Digest(
        ScopedTransaction transaction, long after, long through, CancellationToken ct)
    {
        await using var command = transaction.Command(Text("page_digest"), tenant, after, through);
        await using var reader = await command.ExecuteReader(ct);
        await reader.ReadAsync(ct);
        return (reader.GetInt64(0), reader.GetDecimal(1));
    }

    private static async Task<object?> Scalar(
        ScopedTransaction transaction, string name, CancellationToken ct, params object[] parameters)
    {
        await using var command = transaction.Command(Text(name), parameters);
        command.Timeout = StatementSecondsMax;
        return await command.ExecuteScalar(ct);
    }

    private static Task<int> Execute(
        ScopedTransaction transaction, string name, CancellationToken ct, params object[] parameters) =>
        Run(transaction, Text(name), ct, parameters);

    private static async Task<int> Run(
        ScopedTransaction transaction, string sql, CancellationToken ct, params object[] parameters)
    {
        await using var command = transaction.Command(sql, parameters);
        command.Timeout = StatementSecondsMax;
        return await command.ExecuteNonQuery(ct);
    }

    private static string Text(string name) => Sql.Text<LogCopy>($"Moving.Sql.{name}.sql");
}

/// <summary>The head of a log to which nothing is appended any more.</summary>
internal sealed record ClosedLog(long Sequence, DateTime RecordedAt, DateOnly UsageDay, long UsageFrom);
