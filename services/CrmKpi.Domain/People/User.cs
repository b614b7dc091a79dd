using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.People;

/// <summary>
/// A user of the CRM: access and active days. WARNING: the event types and field names below, and the order in
/// <see cref="Serialize"/>, are a storage format.
/// <para>
/// Access lasts from the first event of the user, whichever it is (who works has access), to the first deactivation, and then
/// from each provisioning to the next deactivation. A login, an activity, logged time or a suggestion makes its day
/// an active one; a day without access is none, so that the active ones are always among those with access.
/// </para>
/// </summary>
public sealed class User(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 1;

    private Earliest _firstEvent;
    private LastWriterWins<string> _name;
    private LastWriterWins<string> _role;
    private LastWriterWins<long> _isManager;
    private List<AccessPoint> _access = [];
    private DaySet _active;

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        switch (e.Type)
        {
            case "user.provisioned" or "user.deactivated":
                return _firstEvent.Add(e.TimeMicros) | ApplyProfile(new JsonFields(e.Data.Span), e)
                    | Timeline.Insert(_access, new AccessPoint(e.TimeMicros, e.Sequence, e.Type == "user.provisioned"));
            case "user.logged_in" or "activity.logged" or "time.logged" or "suggestion.submitted":
                return _firstEvent.Add(e.TimeMicros) | _active.Add(context.DayOf(e.TimeMicros));
            default:
                return false;
        }
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        var dims = DimensionSet.Of((Dimensions.Manager, Key.Id));
        var (ended, active, next) = (Measure.NeverDay, Measure.NeverDay, 0);
        var days = _active.Days;
        foreach (var (from, to) in Access())
        {
            var (begin, end) = (context.DayOf(from), to is { } at ? context.DayOf(at) : int.MaxValue);
            sum.Add(Measures.UsersAssigned, begin, dims);
            if (to is not null)
                sum.Add(Measures.UsersAssigned, end, dims, 0, -1);
            sum.Add(Measures.UsersEntered, begin, dims, ended);
            ended = end;
            for (; next < days.Length && days[next] <= end; next++)
            {
                var day = days[next];
                if (day < begin)
                    continue;
                if (day != active)
                    sum.Add(Measures.UsersActive, day, dims, active);
                active = day;
                // On the day on which access ends nobody is assigned any more, unless the next access begins on it.
                if (day == end)
                    break;
                sum.Add(Measures.UserDaysActive, day, dims, context.Settings.IsWorkingDay(day) ? 1 : 0, 1, 1);
            }
        }
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var access = Access();
        var row = new FactRow(columns);
        row.Timestamp(_firstEvent.Time);
        row.Text(_name.Value);
        row.Text(_role.Value);
        row.Boolean(_isManager.IsSet ? _isManager.Value != 0 : null);
        row.Timestamp(access.Count > 0 ? access[^1].To : null);
        row.Integer(_active.Days.Length);
        row.Date(_active.Days is [.., var last] ? last : null);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_firstEvent.IsSet;

    /// <inheritdoc/>
    public override int ApproximateBytes => 360 + _access.Capacity * 24 + _active.Days.Length * 4;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        _firstEvent.Write(writer);
        writer.Attribute(_name);
        writer.Attribute(_role);
        writer.Attribute(_isManager);
        writer.Count(_access.Count);
        foreach (var point in _access)
        {
            writer.Stamp(point.Time, point.Sequence);
            writer.Flag(point.IsGranted);
        }
        _active.Write(writer);
        return writer.End();
    }

    internal static User Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var user = new User(key)
        {
            _firstEvent = Earliest.Read(ref reader),
            _name = reader.TextAttribute(),
            _role = reader.TextAttribute(isShared: true),
            _isManager = reader.NumberAttribute(),
        };
        var points = reader.Count();
        user._access = new List<AccessPoint>(points);
        for (; points > 0; points--)
        {
            var (time, sequence) = reader.Stamp();
            user._access.Add(new AccessPoint(time, sequence, reader.Flag()));
        }
        user._active = DaySet.Read(ref reader);
        reader.End();
        return user;
    }

    private bool ApplyProfile(in JsonFields fields, in LogEvent e)
    {
        var changed = fields.Text("name"u8) is { } name && _name.Set(name, e.TimeMicros, e.Sequence);
        if (fields.SharedText("role"u8) is { } role)
            changed |= _role.Set(role, e.TimeMicros, e.Sequence);
        if (fields.Flag("isManager"u8) is { } isManager)
            changed |= _isManager.Set(isManager ? 1 : 0, e.TimeMicros, e.Sequence);
        return changed;
    }

    private List<(long From, long? To)> Access()
    {
        var intervals = new List<(long, long?)>(1);
        var since = _firstEvent.Time;
        foreach (var point in _access)
        {
            if (point.IsGranted)
                since ??= point.Time;
            else if (since is { } from)
            {
                intervals.Add((from, point.Time));
                since = null;
            }
        }
        if (since is { } open)
            intervals.Add((open, null));
        return intervals;
    }

    private readonly record struct AccessPoint(long Time, long Sequence, bool IsGranted) : ITimelinePoint
    {
        public int Rank => 0;
    }
}
