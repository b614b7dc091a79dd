using CrmKpi.Postgres;
using Npgsql;
using static CrmKpi.EventLog.Append.AppendParameters;

namespace CrmKpi.EventLog.Append;

/// <summary>
/// One try to append a group of requests of one tenant, in one transaction:
/// <list type="number">
/// <item>
/// a. set the tenant, which is all that row-level security then shows, and lock its head row, so that its sequence is given
/// in the order of commits;
/// </item>
/// <item>
/// b. find the ids that are stored already, and drop them (or, not asked to, trust the unique index to refuse them);
/// </item>
/// <item>
/// c. read and move the stream versions, number what is left without gaps, write the rows, move the head, commit.
/// </item>
/// </list>
/// NOTIFY follows after the commit (<see cref="Notifications.Notifier"/>): inside, it would make all commits of the
/// database wait for each other. Round trips: one for a and b; for a few events one for all of c; for many one for
/// streams and head, two for COPY (in a role that can do nothing else), one for the commit.
/// </summary>
internal sealed class AppendTransaction(
    NpgsqlConnection connection, string tenant, IReadOnlyList<AppendRequest> group, AppendMode mode)
{
    /// <summary>True once the commit has been sent: when the connection breaks then, it may have happened.</summary>
    public bool CommitSent { get; private set; }

    /// <summary>The plan, once the database has answered.</summary>
    public AppendPlan? Plan { get; private set; }

    /// <summary>True when the rows go by COPY, whose errors say which row is at fault.</summary>
    public bool ByCopy { get; private set; }

    /// <summary>Appends and commits, and returns the tenant's last sequence.</summary>
    public async Task<long> Run(IReadOnlyDictionary<Guid, long> inDoubt, CancellationToken ct)
    {
        var state = await LockAndAsk(ct);
        var plan = Plan = AppendPlan.Make(group, state, inDoubt);
        if (plan.Rows.Count == 0)
        {
            await Execute("ROLLBACK", ct);
            return state.Head;
        }
        CheckNumbers(plan, state);
        ByCopy = mode.ByCopy || !InsertRows.Fits(plan);
        if (ByCopy)
        {
            var before = await Move(plan, state, ct);
            await Copy(plan, before, state.RecordedAt, ct);
            CommitSent = true;
            await Execute("COMMIT", ct);
        }
        else
        {
            CommitSent = true;
            await InsertAndCommit(plan, state, ct);
        }
        return plan.Rows[^1].Sequence;
    }

    /// <summary>a. and b.: each statement sees what was committed before the lock was had.</summary>
    private async Task<LogState> LockAndAsk(CancellationToken ct)
    {
        var expected = group.Select(request => request.Expected?.StreamId).OfType<string>()
            .Distinct(StringComparer.Ordinal).ToArray();
        await using var batch = Batch(
            Statement("BEGIN"),
            Scope.OfTenant(tenant).Enter(),
            Statement(Texts.LockHead, Text(tenant)),
            Statement(Texts.FindStored, Text(tenant),
                new NpgsqlParameter<Guid[]> { TypedValue = mode.FindStored ? Ids() : [] }));
        if (expected.Length > 0)
            batch.BatchCommands.Add(Statement(Texts.FindVersions, Text(tenant), TextArray(expected)));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);

        if (!await reader.ReadAsync(ct))
            throw new UnknownTenantException(tenant);
        var head = reader.GetInt64(0);
        var recordedAt = reader.GetDateTime(1);
        if (!await reader.IsDBNullAsync(2, ct))
            throw new TenantMovingException(tenant);
        await reader.NextResultAsync(ct);

        var stored = new Dictionary<Guid, long>();
        while (await reader.ReadAsync(ct))
            stored[reader.GetGuid(0)] = reader.GetInt64(1);

        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        if (await reader.NextResultAsync(ct))
            while (await reader.ReadAsync(ct))
                versions.Add(reader.GetString(0), reader.GetInt64(1));
        return new LogState(head, recordedAt, stored, versions);
    }

    /// <summary>c. in one round trip: an error in the insert keeps PostgreSQL from coming to the commit.</summary>
    private async Task InsertAndCommit(AppendPlan plan, LogState state, CancellationToken ct)
    {
        await using var batch = Batch(
            Statement(Texts.InsertEvents, InsertRows.Parameters(tenant, plan, state)), Statement("COMMIT"));
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>c. Moves streams and head; returns the version that each stream of the plan had before.</summary>
    private async Task<long[]> Move(AppendPlan plan, LogState state, CancellationToken ct)
    {
        await using var batch = Batch(
            Statement(Texts.MoveStreams, Text(tenant), TextArray([.. plan.Streams]),
                Numbers([.. plan.Counts]), Time(state.RecordedAt)),
            Statement(Texts.MoveHead, Text(tenant), new NpgsqlParameter<long> { TypedValue = plan.Rows[^1].Sequence },
                Time(state.RecordedAt), new NpgsqlParameter<long> { TypedValue = state.Head }),
            DatabaseRoles.Become(DatabaseRoles.IngestCopy));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var before = new long[plan.Streams.Count];
        Array.Fill(before, -1);
        while (await reader.ReadAsync(ct))
        {
            var number = plan.StreamNumber(reader.GetString(0));
            before[number] = reader.GetInt64(1) - plan.Counts[number];
        }
        await reader.NextResultAsync(ct);
        if (before.Any(version => version < 0) || batch.BatchCommands[1].RecordsAffected != 1)
            throw new InvalidOperationException(
                $"The streams and the head of tenant '{tenant}' did not move as planned; nothing was written.");
        return before;
    }

    private async Task Copy(AppendPlan plan, long[] before, DateTime recordedAt, CancellationToken ct)
    {
        await using var stream = await connection.BeginRawBinaryCopyAsync(Texts.CopyEvents, ct);
        using var rows = new CopyRows(stream);
        try
        {
            await rows.Write(plan.Rows, before, recordedAt, ct);
        }
        catch
        {
            // Disposing would end the COPY as if it were whole; where the connection is lost there is none to end.
            if (connection.State == System.Data.ConnectionState.Open)
                await stream.CancelAsync();
            throw;
        }
    }

    /// <summary>An assertion: what is written continues the log without a gap.</summary>
    private static void CheckNumbers(AppendPlan plan, LogState state)
    {
        for (var i = 0; i < plan.Rows.Count; i++)
            if (plan.Rows[i].Sequence != state.Head + i + 1)
                throw new InvalidOperationException(
                    $"Sequence {plan.Rows[i].Sequence} was given where {state.Head + i + 1} follows; "
                    + "nothing was written.");
    }

    private async Task Execute(string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = AppendLimits.StepSecondsMax };
        await command.ExecuteNonQueryAsync(ct);
    }

    private Guid[] Ids()
    {
        if (group.Count == 1)
            return group[0].Ids;
        var ids = new Guid[group.Sum(request => request.Ids.Length)];
        var at = 0;
        foreach (var request in group)
        {
            request.Ids.CopyTo(ids, at);
            at += request.Ids.Length;
        }
        return ids;
    }

    private NpgsqlBatch Batch(params ReadOnlySpan<NpgsqlBatchCommand> statements)
    {
        var batch = new NpgsqlBatch(connection) { Timeout = AppendLimits.StepSecondsMax };
        foreach (var statement in statements)
            batch.BatchCommands.Add(statement);
        return batch;
    }

    private static NpgsqlBatchCommand Statement(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var statement = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            statement.Parameters.Add(parameter);
        return statement;
    }
}
