using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Tickets;

/// <summary>
/// A ticket of the service desk. WARNING: the event types and field names below, and the order in <see cref="Serialize"/>, are
/// a storage format.
/// <para>
/// It counts once <c>ticket.opened</c> is known, at the earliest of them, and is answered by the earliest
/// <c>ticket.answered</c>. Neighbouring resolutions are one, at the first of them; it is resolved for good while the last of
/// its resolutions was not followed by <c>ticket.reopened</c>.
/// </para>
/// </summary>
public sealed class Ticket(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 1;

    private Earliest _opened;
    private Earliest _answered;
    private LastWriterWins<long> _complaint;
    private LastWriterWins<string> _customer;
    private LastWriterWins<string> _priority;
    private LastWriterWins<string> _manager;
    private List<TicketPoint> _points = [];

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        var fields = new JsonFields(e.Data.Span);
        var changed = false;
        switch (e.Type)
        {
            case "ticket.opened":
                changed |= _opened.Add(e.TimeMicros);
                if (fields.Flag("complaint"u8) is { } complaint)
                    changed |= _complaint.Set(complaint ? 1 : 0, e.TimeMicros, e.Sequence);
                if (fields.Text("customer"u8) is { } customer)
                    changed |= _customer.Set(customer, e.TimeMicros, e.Sequence);
                if (fields.SharedText("priority"u8) is { Length: > 0 } priority)
                    changed |= _priority.Set(priority, e.TimeMicros, e.Sequence);
                break;
            case "ticket.answered":
                changed |= _answered.Add(e.TimeMicros);
                break;
            case "ticket.resolved" or "ticket.reopened":
                changed |= Timeline.Insert(
                    _points, new TicketPoint(e.TimeMicros, e.Sequence, e.Type == "ticket.resolved"));
                break;
            default:
                return false;
        }
        if (fields.SharedText("manager"u8) is { Length: > 0 } manager)
            changed |= _manager.Set(manager, e.TimeMicros, e.Sequence);
        return changed;
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (_opened.Time is not { } opened)
            return;
        var dims = DimensionSet.Of((Dimensions.Manager, _manager.Value), (Dimensions.Category, _priority.Value));
        var day = context.DayOf(opened);
        sum.Add(Measures.TicketsOpened, day, dims);
        if (_complaint.Value == 1)
            sum.Add(Measures.Complaints, day, dims);
        if (_answered.Time is { } answered)
            sum.AddDuration(Measures.TicketFirstResponseTime, day, dims, FoldContext.Milliseconds(opened, answered));
        if (FirstResolution is >= 0 and var first)
        {
            var resolvedDay = context.DayOf(_points[first].Time);
            sum.Add(Measures.TicketsResolved, resolvedDay, dims);
            if (_points.FindIndex(first, p => !p.IsResolution) >= 0)
                sum.Add(Measures.TicketsReopened, resolvedDay, dims);
        }
        if (ResolvedAt is { } resolved)
            sum.AddDuration(
                Measures.TicketResolutionTime, context.DayOf(resolved), dims, FoldContext.Milliseconds(opened, resolved));
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var row = new FactRow(columns);
        row.Timestamp(_opened.Time);
        row.Timestamp(_answered.Time);
        row.Timestamp(ResolvedAt);
        row.Integer(ReopenedTimes);
        row.Boolean(_complaint.IsSet ? _complaint.Value == 1 : null);
        row.Text(_customer.Value);
        row.Text(_manager.Value);
        row.Text(_priority.Value);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_opened.IsSet && !_answered.IsSet && _points.Count == 0;

    /// <inheritdoc/>
    public override int ApproximateBytes => 360 + _points.Capacity * 24;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        _opened.Write(writer);
        _answered.Write(writer);
        writer.Attribute(_complaint);
        writer.Attribute(_customer);
        writer.Attribute(_priority);
        writer.Attribute(_manager);
        writer.Count(_points.Count);
        foreach (var point in _points)
        {
            writer.Stamp(point.Time, point.Sequence);
            writer.Flag(point.IsResolution);
        }
        return writer.End();
    }

    internal static Ticket Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var ticket = new Ticket(key)
        {
            _opened = Earliest.Read(ref reader),
            _answered = Earliest.Read(ref reader),
            _complaint = reader.NumberAttribute(),
            _customer = reader.TextAttribute(),
            _priority = reader.TextAttribute(isShared: true),
            _manager = reader.TextAttribute(isShared: true),
        };
        var points = reader.Count();
        ticket._points = new List<TicketPoint>(points);
        for (; points > 0; points--)
        {
            var (time, sequence) = reader.Stamp();
            ticket._points.Add(new TicketPoint(time, sequence, reader.Flag()));
        }
        reader.End();
        return ticket;
    }

    private int FirstResolution => _points.FindIndex(p => p.IsResolution);

    // The first of the resolutions at the end of the timeline.
    private long? ResolvedAt
    {
        get
        {
            long? resolved = null;
            for (var i = _points.Count - 1; i >= 0 && _points[i].IsResolution; i--)
                resolved = _points[i].Time;
            return resolved;
        }
    }

    private int ReopenedTimes
    {
        get
        {
            var times = 0;
            for (var i = 1; i < _points.Count; i++)
                times += _points[i - 1].IsResolution && !_points[i].IsResolution ? 1 : 0;
            return times;
        }
    }

    private readonly record struct TicketPoint(long Time, long Sequence, bool IsResolution) : ITimelinePoint
    {
        /// <summary>Of what happened at the same time, the resolution came first: only what is resolved is reopened.</summary>
        public int Rank => IsResolution ? 0 : 1;
    }
}
