using Npgsql;
using NpgsqlTypes;

namespace CrmKpi.EventLog.Append;

/// <summary>
/// One try to append a group of requests of one tenant, in one transaction:
/// <list type="number">
/// <item>a. lock the tenant's head row, so that its sequence is given in the order of commits;</item>
/// <item>b. find the ids that are stored already, and drop them;</item>
/// <item>c. read the stream versions, number what is left without gaps, COPY the rows, move the streams and the head, commit.</item>
/// </list>
/// NOTIFY follows after the commit (<see cref="Notifications.Notifier"/>): inside, it would make all commits of the database wait
/// for each other. Round trips: one for the lock with both questions, two for COPY, one for streams, head and commit.
/// </summary>
internal sealed class AppendTransaction(NpgsqlConnection connection, string tenant, IReadOnlyList<AppendRequest> group)
{
    /// <summary>The sequences given, by id, once the commit may have happened.</summary>
    public IReadOnlyDictionary<Guid, long> Given { get; private set; } = new Dictionary<Guid, long>();

    /// <summary>The plan, once the database has answered.</summary>
    public AppendPlan? Plan { get; private set; }

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
        await Copy(plan, state.RecordedAt, ct);
        Given = plan.Rows.ToDictionary(row => row.Id, row => row.Sequence);
        return await MoveAndCommit(plan, state, ct);
    }

    /// <summary>a., b. and the first half of c.: each statement sees what was committed before the lock was had.</summary>
    private async Task<LogState> LockAndAsk(CancellationToken ct)
    {
        var ids = group.SelectMany(request => request.Ids).Distinct().ToArray();
        var streams = group.SelectMany(request => request.Events.Select(e => e.StreamId))
            .Concat(group.Select(request => request.Expected?.StreamId).OfType<string>())
            .Distinct(StringComparer.Ordinal).ToArray();
        await using var batch = Batch(
            Statement("BEGIN"),
            Statement(Texts.LockHead, Text(tenant)),
            Statement(Texts.FindStored, Text(tenant), new NpgsqlParameter<Guid[]> { TypedValue = ids }),
            Statement(Texts.FindVersions, Text(tenant), TextArray(streams)));
        await using var reader = await batch.ExecuteReaderAsync(ct);

        if (!await reader.ReadAsync(ct))
            throw new UnknownTenantException(tenant);
        var head = reader.GetInt64(0);
        var recordedAt = reader.GetDateTime(1);
        await reader.NextResultAsync(ct);

        var stored = new Dictionary<Guid, long>();
        while (await reader.ReadAsync(ct))
            stored.Add(reader.GetGuid(0), reader.GetInt64(1));
        await reader.NextResultAsync(ct);

        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
            versions.Add(reader.GetString(0), reader.GetInt64(1));
        return new LogState(head, recordedAt, stored, versions);
    }

    private async Task Copy(AppendPlan plan, DateTime recordedAt, CancellationToken ct)
    {
        await using var stream = await connection.BeginRawBinaryCopyAsync(Texts.CopyEvents, ct);
        using var rows = new CopyRows(stream, tenant);
        try
        {
            await rows.Write(plan.Rows, recordedAt, ct);
        }
        catch
        {
            // Disposing would end the COPY as if it were whole.
            await stream.CancelAsync();
            throw;
        }
    }

    private async Task<long> MoveAndCommit(AppendPlan plan, LogState state, CancellationToken ct)
    {
        var head = plan.Rows[^1].Sequence;
        await using var batch = Batch(
            Statement(Texts.MoveStreams, Text(tenant), TextArray([.. plan.MovedStreams.Keys]),
                new NpgsqlParameter<long[]> { TypedValue = [.. plan.MovedStreams.Values] }, Time(state.RecordedAt)),
            Statement(Texts.MoveHead, Text(tenant), new NpgsqlParameter<long> { TypedValue = head }, Time(state.RecordedAt),
                new NpgsqlParameter<long> { TypedValue = state.Head }),
            Statement("COMMIT"));
        await batch.ExecuteNonQueryAsync(ct);
        return head;
    }

    /// <summary>An assertion: what is written continues the log without a gap.</summary>
    private static void CheckNumbers(AppendPlan plan, LogState state)
    {
        for (var i = 0; i < plan.Rows.Count; i++)
            if (plan.Rows[i].Sequence != state.Head + i + 1)
                throw new InvalidOperationException(
                    $"Sequence {plan.Rows[i].Sequence} was given where {state.Head + i + 1} follows; nothing was written.");
    }

    private async Task Execute(string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
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

    private static NpgsqlParameter Text(string value) => new NpgsqlParameter<string>
    {
        TypedValue = value,
        NpgsqlDbType = NpgsqlDbType.Varchar,
    };

    private static NpgsqlParameter TextArray(string[] values) => new NpgsqlParameter<string[]>
    {
        TypedValue = values,
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar,
    };

    private static NpgsqlParameter Time(DateTime utc) => new NpgsqlParameter<DateTime>
    {
        TypedValue = utc,
        NpgsqlDbType = NpgsqlDbType.TimestampTz,
    };
}
