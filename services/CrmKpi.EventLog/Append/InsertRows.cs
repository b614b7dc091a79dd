using Npgsql;
using NpgsqlTypes;
using static CrmKpi.EventLog.Append.AppendParameters;

namespace CrmKpi.EventLog.Append;

/// <summary>
/// A few events as the parameters of <c>Sql/insert_events.sql</c>: one statement, with the commit in the same round trip, where
/// a COPY needs four. Many events are faster by COPY (<see cref="CopyRows"/>), which also says which one was refused.
/// </summary>
internal static class InsertRows
{
    /// <summary>Events up to which the round trips saved are worth more than COPY's lower cost an event.</summary>
    public const int RowsMax = 100;

    /// <summary>Bytes of data up to which it is.</summary>
    public const long BytesMax = 256 << 10;

    /// <summary>Whether the plan is small enough.</summary>
    public static bool Fits(AppendPlan plan)
    {
        if (plan.Rows.Count > RowsMax)
            return false;
        var bytes = 0L;
        foreach (var row in plan.Rows)
            bytes += row.Event.Data.Length;
        return bytes <= BytesMax;
    }

    /// <summary>The parameters, in the order of the statement.</summary>
    public static NpgsqlParameter[] Parameters(string tenant, AppendPlan plan, LogState state)
    {
        var rows = plan.Rows;
        return
        [
            Text(tenant),
            Time(state.RecordedAt),
            TextArray([.. plan.Streams]),
            Numbers([.. plan.Counts]),
            new NpgsqlParameter<long> { TypedValue = state.Head },
            new NpgsqlParameter<Guid[]> { TypedValue = Column(rows, row => row.Id) },
            TextArray(Column(rows, row => row.Event.StreamId)),
            Numbers(Column(rows, row => plan.Counts[row.Stream] - row.Nth)),
            new NpgsqlParameter<DateTime[]>
            {
                TypedValue = Column(rows, row => WholeMicroseconds(row.Event.OccurredAt)),
                NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
            },
            TextArray(Column(rows, row => row.Event.Type)),
            TextArray(Column(rows, row => row.Event.Source)),
            TextArray(Column(rows, row => row.Event.SourceId)),
            new NpgsqlParameter<ReadOnlyMemory<byte>[]>
            {
                TypedValue = Column(rows, row => row.Event.Data),
                NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb,
            },
            TextArray(Column(rows, row => row.Event.CorrelationId)),
            TextArray(Column(rows, row => row.Event.TraceParent)),
        ];
    }

    private static T[] Column<T>(IReadOnlyList<PlannedRow> rows, Func<PlannedRow, T> value)
    {
        var column = new T[rows.Count];
        for (var i = 0; i < column.Length; i++)
            column[i] = value(rows[i]);
        return column;
    }

    /// <summary>Rounds down, before the epoch too, as <see cref="CopyRows"/> does.</summary>
    private static DateTime WholeMicroseconds(DateTimeOffset time) =>
        new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc);
}
