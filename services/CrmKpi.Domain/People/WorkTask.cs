using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.People;

/// <summary>
/// A task of a user. WARNING: the event types and field names below, and the order in <see cref="Serialize"/>, are a
/// storage format.
/// <para>
/// It is due at the last <c>due</c> told; a day counts to its end in the tenant's time. Where none was told, a task that
/// was overdue was due at the first <c>task.overdue</c>. It is in time when its first completion is not later than that. A
/// task without a due time counts nowhere.
/// </para>
/// </summary>
public sealed class WorkTask(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 1;

    private Earliest _firstEvent;
    private Earliest _created;
    private Earliest _completed;
    private Earliest _overdue;
    private LastWriterWins<long> _due;
    private LastWriterWins<string> _user;
    private LastWriterWins<long> _isAutomated;

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        if (e.Type is not ("task.created" or "task.completed" or "task.overdue"))
            return false;
        var fields = new JsonFields(e.Data.Span);
        var changed = _firstEvent.Add(e.TimeMicros);
        if (fields.SharedText("user"u8) is { } user)
            changed |= _user.Set(user, e.TimeMicros, e.Sequence);
        if (fields.Flag("automated"u8) is { } isAutomated)
            changed |= _isAutomated.Set(isAutomated ? 1 : 0, e.TimeMicros, e.Sequence);
        if (DueOf(context, fields) is { } due)
            changed |= _due.Set(due, e.TimeMicros, e.Sequence);
        return changed | e.Type switch
        {
            "task.created" => _created.Add(e.TimeMicros),
            "task.completed" => _completed.Add(e.TimeMicros),
            _ => _overdue.Add(e.TimeMicros),
        };
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (DueAt is not { } due)
            return;
        var (day, user) = (context.DayOf(due), DimensionSet.Of((Dimensions.Manager, _user.Value)));
        sum.Add(Measures.TasksDue, day, user);
        if (_completed.Time <= due)
            sum.Add(Measures.TasksOnTime, day, user);
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var row = new FactRow(columns);
        row.Timestamp(_created.Time ?? _firstEvent.Time);
        row.Timestamp(DueAt);
        row.Timestamp(_completed.Time);
        row.Text(_user.Value);
        row.Boolean(_isAutomated.IsSet ? _isAutomated.Value != 0 : null);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_firstEvent.IsSet;

    /// <inheritdoc/>
    public override int ApproximateBytes => 320;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        _firstEvent.Write(writer);
        _created.Write(writer);
        _completed.Write(writer);
        _overdue.Write(writer);
        writer.Attribute(_due);
        writer.Attribute(_user);
        writer.Attribute(_isAutomated);
        return writer.End();
    }

    internal static WorkTask Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var task = new WorkTask(key)
        {
            _firstEvent = Earliest.Read(ref reader),
            _created = Earliest.Read(ref reader),
            _completed = Earliest.Read(ref reader),
            _overdue = Earliest.Read(ref reader),
            _due = reader.NumberAttribute(),
            _user = reader.TextAttribute(isShared: true),
            _isAutomated = reader.NumberAttribute(),
        };
        reader.End();
        return task;
    }

    private long? DueAt => _due.IsSet ? _due.Value : _overdue.Time;

    // The last microsecond in time.
    private static long? DueOf(FoldContext context, in JsonFields fields) => fields.Day("due"u8) is { } day
        ? context.Days.InstantOf(day + 1, 0) - 1 : fields.Instant("due"u8);
}
