using System.Diagnostics;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Erasure;
using CrmKpi.ReadModels.Generations;
using Npgsql;

namespace CrmKpi.Projections.Moving;

/// <summary>
/// Moves a tenant to another database while events keep coming and questions are answered, as the role
/// <see cref="DatabaseRoles.Privacy"/>. A row in the main database says where it stands; any instance goes on after a crash:
/// <list type="number">
/// <item>copying: the log goes over page by page (<see cref="LogCopy"/>), and the target's lanes fold it as it comes;</item>
/// <item>the switch, when little is left: the source's log is closed, the rest goes over, the target's read models are waited
/// for, and the main database says that the tenant lives in the target. Appends wait meanwhile; a try that takes too long opens
/// the source again. Each try has a number of its own, so that nobody who is late with one opens a log in another;</item>
/// <item>opening: the target takes events;</item>
/// <item>clearing: when nobody can think any more that the tenant lives in the source (<see cref="TenantHomes.LeaseMax"/>), its
/// rows there go.</item>
/// </list>
/// A move that is cancelled, or whose tries have failed, is aborted: the copy in the target goes.
/// </summary>
/// <param name="database">The main one, in the role, with the further ones behind it.</param>
internal sealed class TenantMoving(Database database, MoveLimits limits)
{
    private const int ChunkRows = 10_000;
    private const string AuditedBy = "crmkpi/move";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>Begins; the same move again while it is under way is the same.</summary>
    /// <returns>Null when there is no such tenant.</returns>
    /// <exception cref="TenantMoveException">The tenant lives there, or another move is under way.</exception>
    public async Task<TenantMove?> Begin(string tenant, string target, ActedBy by, CancellationToken ct = default)
    {
        await using var transaction = await Rows(tenant).Begin(ct: ct);
        string source, agency;
        await using (var lockHome = transaction.Command(Text("lock_home"), tenant))
        {
            await using var reader = await lockHome.ExecuteReader(ct);
            if (!await reader.ReadAsync(ct))
                return null;
            (source, agency) = (reader.GetString(0), reader.GetString(1));
        }
        var last = await Find(transaction, tenant, ct);
        if (last is { FinishedAt: null })
            return last.Target == target ? last : throw new TenantMoveException(
                $"Tenant '{tenant}' is being moved to '{last.Target}' already; wait for that, or cancel it.");
        if (source == target)
            throw new TenantMoveException($"Tenant '{tenant}' lives in '{target}' already.");
        await transaction.Execute(Text("begin_move"), new object[] { tenant, source, target, AuditTrail.Text(by.Actor) }, ct);
        await AuditTrail.Append(transaction.Connection, new Act(agency, "tenant.move_requested", $"tenant/{tenant}", json =>
        {
            json.WriteString("source", source);
            json.WriteString("target", target);
        }), by, ct);
        var begun = await Find(transaction, tenant, ct);
        await transaction.Commit(ct);
        return begun;
    }

    /// <summary>The last move of a tenant; null when there was none.</summary>
    public async Task<TenantMove?> Find(string tenant, CancellationToken ct = default)
    {
        await using var transaction = await Rows(tenant).Begin(ct: ct);
        return await Find(transaction, tenant, ct);
    }

    /// <summary>Cancels a move; false when there is none, or the tenant lives in the target already.</summary>
    public async Task<bool> Cancel(string tenant, CancellationToken ct = default)
    {
        await using var command = Rows(tenant).Command(Text("cancel_move"), tenant);
        return await command.ExecuteNonQuery(ct) > 0;
    }

    /// <summary>Tenants whose move is not over, the oldest request first.</summary>
    public async Task<IReadOnlyList<string>> Open(int max, CancellationToken ct = default)
    {
        await using var command = database.DataSource.CreateCommand(Text("open_moves"));
        command.Parameters.Add(new() { Value = max });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var tenants = new List<string>();
        while (await reader.ReadAsync(ct))
            tenants.Add(reader.GetString(0));
        return tenants;
    }

    /// <summary>The next step; false when there is nothing to do (now).</summary>
    public async Task<bool> Step(string tenant, CancellationToken ct = default)
    {
        await using var transaction = await Rows(tenant).Begin(ct: ct);
        if (await Claim(transaction, tenant, ct) is not { } move)
            return false;
        return move.State switch
        {
            MoveState.Copying => await Copy(transaction, move, ct),
            MoveState.Opening => await OpenTarget(transaction, move, ct),
            MoveState.Clearing => move.SinceSwitch > limits.ClearAfter
                && await Clear(transaction, move, move.Source, MoveState.Done, ct),
            MoveState.Aborting => await Abort(transaction, move, ct),
            _ => false,
        };
    }

    // 1. Copying.
    private async Task<bool> Copy(ScopedTransaction transaction, TenantMove move, CancellationToken ct)
    {
        var copy = CopyOf(move);
        if (move.Copied == 0 && await copy.IsForgetting(ct))
            return false;
        var copied = await copy.MakeRoom(move.Agency, move.Number, ct);
        var began = Stopwatch.GetTimestamp();
        var head = await Head(database.Named(move.Source), move.Tenant, ct);
        while (head - copied > LogCopy.PageEvents && Stopwatch.GetElapsedTime(began) < limits.StepMax)
        {
            copied = await copy.CopyPage(head, ct);
            head = await Head(database.Named(move.Source), move.Tenant, ct);
        }
        await transaction.Execute(Text("set_copied"), new object[] { move.Tenant, copied }, ct);
        await transaction.Commit(ct);
        // Events may come as fast as pages go over: after some time the rest is waited for, however much it is.
        var isNear = head - copied <= LogCopy.PageEvents
            && await Folded(move.Target, move.Tenant, copied - LogCopy.PageEvents, limits.StepMax, ct);
        return !isNear || await TrySwitch(move, copy, ct);
    }

    // 2. The switch.
    private async Task<bool> TrySwitch(TenantMove move, LogCopy copy, CancellationToken ct)
    {
        if (await BeginAttempt(move.Tenant, ct) is not { } attempt)
            return true;
        await using var transaction = await Rows(move.Tenant).Begin(ct: ct);
        if (await Claim(transaction, move.Tenant, ct) is not { State: MoveState.Copying } claimed || claimed.Attempt != attempt)
            return true;
        long copied;
        try
        {
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limited.CancelAfter(limits.ClosedMax);
            copied = await CopyRest(move, copy, attempt, limited.Token);
        }
        catch (Exception e)
        {
            await Reopen(move, attempt);
            if (e is not (OperationCanceledException or TenantMoveException) || ct.IsCancellationRequested)
                throw;
            if (e is TenantMoveException || move.Tries + 1 >= limits.TriesMax)
                await End(transaction, move, MoveState.Aborting, e is TenantMoveException ? e.Message
                    : $"In {limits.TriesMax} tries the rest of the log did not go over within {limits.ClosedMax.TotalSeconds:0} s each.", ct);
            return true;
        }
        // From here on the source stays closed, whatever becomes of the commit: the next step goes on with what it finds.
        await transaction.Execute(Text("switch_home"), new object[] { move.Tenant, move.Target, attempt, copied }, ct);
        await AuditTrail.Append(transaction.Connection, new Act(move.Agency, "tenant.moved", $"tenant/{move.Tenant}", json =>
        {
            json.WriteString("source", move.Source);
            json.WriteString("target", move.Target);
        }), ActedBy.Process(AuditedBy), ct);
        await transaction.Commit(ct);
        return true;
    }

    private async Task<long> CopyRest(TenantMove move, LogCopy copy, long attempt, CancellationToken ct)
    {
        var head = await CloseSource(move, attempt, ct);
        long copied;
        do
            copied = await copy.CopyPage(head.Sequence, ct);
        while (copied < head.Sequence);
        await copy.CopyBeside(head, ct);
        // Nobody shall be answered from less than before. A lane that is parked in the source will be so in the target.
        var folded = (await Status(move.Source, move.Tenant, ct))?.Sequence ?? 0;
        while (!await Folded(move.Target, move.Tenant, folded, limits.ClosedMax, ct))
            ct.ThrowIfCancellationRequested();
        return copied;
    }

    private async Task<long?> BeginAttempt(string tenant, CancellationToken ct)
    {
        await using var command = Rows(tenant).Command(Text("begin_attempt"), tenant);
        return await command.ExecuteScalar(ct) as long?;
    }

    private async Task<ClosedLog> CloseSource(TenantMove move, long attempt, CancellationToken ct)
    {
        await using var command = database.Named(move.Source).For(move.Tenant)
            .Command(Text("close_log"), move.Tenant, move.Target, attempt);
        await using var reader = await command.ExecuteReader(ct);
        return await reader.ReadAsync(ct)
            ? new ClosedLog(
                reader.GetInt64(0), reader.GetDateTime(1), reader.GetFieldValue<DateOnly>(2), reader.GetInt64(3))
            : throw new TenantMoveException($"The log of tenant '{move.Tenant}' is not in '{move.Source}', or a later try has it.");
    }

    private async Task Reopen(TenantMove move, long attempt)
    {
        await using var command = database.Named(move.Source).For(move.Tenant).Command(Text("reopen_log"), move.Tenant, attempt);
        await command.ExecuteNonQuery(CancellationToken.None);
    }

    // 3. Opening.
    private async Task<bool> OpenTarget(ScopedTransaction transaction, TenantMove move, CancellationToken ct)
    {
        await using (var open = database.Named(move.Target).For(move.Tenant).Command(Text("open_log"), move.Tenant, move.Source))
            await open.ExecuteNonQuery(ct);
        await End(transaction, move, MoveState.Clearing, null, ct);
        return true;
    }

    private async Task<bool> Abort(ScopedTransaction transaction, TenantMove move, CancellationToken ct)
    {
        await Reopen(move, move.Attempt);
        return await Clear(transaction, move, move.Target, MoveState.Failed, ct);
    }

    // 4. Clearing: first what rows could be added to, then the large tables in chunks.
    private async Task<bool> Clear(
        ScopedTransaction transaction, TenantMove move, string where, MoveState end, CancellationToken ct)
    {
        var at = database.Named(where);
        await using (var first = await at.For(move.Tenant).Begin(ct: ct))
        {
            foreach (var table in (string[])["kpi.generations", .. LogCopy.Beside, "events.tenant_heads"])
                await first.Execute($"DELETE FROM {table} WHERE tenant_id = $1", new object[] { move.Tenant }, ct);
            await first.Execute(
                "DELETE FROM events.mt_tenant_partitions WHERE partition_value = $1", new object[] { move.Tenant }, ct);
            if (where != Database.MainName)
                await first.Execute("DELETE FROM control.tenants WHERE id = $1", new object[] { move.Tenant }, ct);
            await first.Execute(ErasureSql.NotifyForgotten, new object[] { move.Tenant }, ct);
            await first.Commit(ct);
        }
        if (await TenantRows.DeleteChunk(at, move.Tenant, ChunkRows, ct))
            return true;
        await End(transaction, move, end, null, ct);
        return false;
    }

    private static async Task End(
        ScopedTransaction transaction, TenantMove move, MoveState state, string? failure, CancellationToken ct)
    {
        await transaction.Execute(
            Text("set_state"), new object[] { move.Tenant, NameOf(state), Nullable(failure) }, ct);
        await transaction.Commit(ct);
    }

    /// <summary>Waits until the read models of a tenant are at a sequence; false when that takes too long.</summary>
    private async Task<bool> Folded(string where, string tenant, long sequence, TimeSpan max, CancellationToken ct)
    {
        var began = Stopwatch.GetTimestamp();
        while (sequence > 0 && !((await Status(where, tenant, ct))?.Sequence >= sequence))
        {
            if (Stopwatch.GetElapsedTime(began) > max)
                return false;
            await Task.Delay(Poll, ct);
        }
        return true;
    }

    private Task<ReadModels.ProjectionStatus?> Status(string where, string tenant, CancellationToken ct) =>
        new GenerationStore(database.Named(where)).Status(tenant, ct);

    private static async Task<long> Head(Database at, string tenant, CancellationToken ct)
    {
        await using var command = at.For(tenant).Command("SELECT last_seq FROM events.tenant_heads WHERE tenant_id = $1", tenant);
        return await command.ExecuteScalar(ct) as long?
            ?? throw new TenantMoveException($"The database '{at.Name}' has no log of tenant '{tenant}'.");
    }

    private static async Task<TenantMove?> Claim(ScopedTransaction transaction, string tenant, CancellationToken ct)
    {
        await using (var claim = transaction.Command(Text("claim_move"), tenant))
            if (await claim.ExecuteScalar(ct) is null)
                return null;
        return await Find(transaction, tenant, ct);
    }

    private static async Task<TenantMove?> Find(ScopedTransaction transaction, string tenant, CancellationToken ct)
    {
        await using var command = transaction.Command(Text("find_move"), tenant);
        await using var reader = await command.ExecuteReader(ct);
        return await reader.ReadAsync(ct)
            ? new TenantMove(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3),
                Enum.Parse<MoveState>(reader.GetString(4), ignoreCase: true), reader.GetFieldValue<DateTimeOffset>(5),
                reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8),
                reader.IsDBNull(9) ? null : reader.GetFieldValue<DateTimeOffset>(9),
                reader.IsDBNull(10) ? null : reader.GetTimeSpan(10),
                reader.IsDBNull(11) ? null : reader.GetFieldValue<DateTimeOffset>(11),
                reader.IsDBNull(12) ? null : reader.GetString(12), reader.GetInt32(13))
            : null;
    }

    private LogCopy CopyOf(TenantMove move) => new(move.Tenant, database.Named(move.Source), database.Named(move.Target));

    private ScopedSession Rows(string tenant) => database.For(Scope.OfTenant(tenant));

    private static string NameOf(MoveState state) => state.ToString().ToLowerInvariant();

    private static NpgsqlParameter Nullable(string? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text };

    private static string Text(string name) => Sql.Text<TenantMoving>($"Moving.Sql.{name}.sql");
}

/// <summary>How long a move may keep what waiting.</summary>
/// <param name="ClosedMax">Appends wait for a try to switch.</param>
/// <param name="TriesMax">Tries to switch until the move is given up.</param>
/// <param name="StepMax">A step of the copy; its progress is seen after each.</param>
/// <param name="ClearAfter">The old copy stays after the switch: longer than anybody may think that the tenant lives there.</param>
internal sealed record MoveLimits(TimeSpan ClosedMax, int TriesMax, TimeSpan StepMax, TimeSpan ClearAfter)
{
    public static readonly MoveLimits Default = new(
        TimeSpan.FromSeconds(10), 5, TimeSpan.FromSeconds(2), TenantHomes.LeaseMax + TimeSpan.FromSeconds(5));
}
