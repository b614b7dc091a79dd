using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Quality;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Leads;

/// <summary>
/// A lead. WARNING: the event types and field names below, and the order in <see cref="Serialize"/>, are a storage format.
/// <para>
/// It counts from its first own event on (a deal may name a lead that nobody ever sent). It converts once: at the first of
/// the wins of its deals and of a <c>lead.converted</c> that names a customer, or names no deal either; one that
/// names only a deal waits for that deal's win. It is lost while the last of its status points is a loss: <c>lead.lost</c>
/// or a status of semantic failure; its day is that of the first loss of the last run. It is dead when one of that run says so.
/// </para>
/// </summary>
public sealed class Lead(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 2;

    private static readonly SortedSet<string> NoDeals = [];

    private Earliest _firstEvent;
    private Earliest _created;
    private Earliest _converted;
    private Earliest _firstContact;
    private DimensionValues _dims;
    private LastWriterWins<string> _status;
    private LastWriterWins<string> _customer;
    private LastWriterWins<string> _dead;
    private List<StatusPoint> _points = [];
    private SortedSet<string>? _convertedDeals;
    private RecordQuality _quality;
    private Inbound _inbound;

    /// <summary>When it was created, in microseconds; null while it has no event of its own.</summary>
    internal long? CreatedAt => _created.Time ?? _firstEvent.Time;

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        var fields = new JsonFields(e.Data.Span);
        var changed = _firstEvent.Add(e.TimeMicros);
        changed |= _dims.Apply(fields, Dimensions.Party, e) | _quality.Apply(context, RecordKind.Lead, fields, e);
        if (fields.Instant("firstContact"u8) is { } contact)
            changed |= _firstContact.Add(contact);
        switch (e.Type)
        {
            case "lead.created":
                changed |= _created.Add(e.TimeMicros) | ApplyUtm(fields, e) | SetText(ref _customer, "customer"u8, fields, e);
                break;
            case "lead.status_changed":
                changed |= SetText(ref _status, "status"u8, fields, e);
                changed |= AddPoint(e, fields.Text("semantic"u8) == "failure");
                break;
            case "lead.converted":
                changed |= ApplyConversion(fields, e) | AddPoint(e, isLoss: false);
                break;
            case "lead.lost":
                changed |= _dims.Write(Dimensions.Reason, fields.SharedText("reason"u8), e);
                changed |= _dims.Write(Dimensions.Cause, fields.SharedText("cause"u8), e);
                changed |= SetText(ref _dead, "dead"u8, fields, e);
                changed |= AddPoint(e, isLoss: true);
                break;
        }
        return changed;
    }

    /// <inheritdoc/>
    internal override bool Receive(EntityKey sender, Link? link) => _inbound.Receive(sender, link);

    /// <inheritdoc/>
    internal override void TellOthers(FoldContext context, List<(EntityKey Receiver, Link Link)> links)
    {
        if (CreatedAt is not { } created)
            return;
        var dims = _dims.Set.Only(Dimensions.Party);
        Origins? origins = null;
        foreach (var deal in _convertedDeals ?? NoDeals)
        {
            origins ??= _dims.Origins;
            links.Add((new EntityKey(EntityKind.Deal, deal), new Link(IsDirect: true, created, Dims: dims, Origins: origins)));
        }
        foreach (var (sender, link) in _inbound)
        {
            var isDeal = sender.Kind == EntityKind.Deal;
            if (!link.IsDirect || (isDeal && _convertedDeals?.Contains(sender.Id) == true))
                continue;
            if (isDeal)
                origins ??= _dims.Origins;
            links.Add((sender, new Link(IsDirect: false, created, Dims: dims, Origins: isDeal ? origins : null)));
        }
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (CreatedAt is not { } created)
            return;
        var party = _dims.Set.Only(Dimensions.Party);
        var createdDay = context.DayOf(created);
        _quality.Contribute(context, RecordKind.Lead, _firstEvent.Time ?? created, null, sum);
        sum.Add(Measures.LeadsCreated, createdDay, party);
        if (ConvertedAt is { } converted)
        {
            sum.Add(Measures.LeadsConverted, createdDay, party, context.DayOf(converted) - createdDay);
            sum.Add(Measures.LeadsWon, context.DayOf(converted), party);
        }
        if (LostAt is { } lost)
        {
            sum.Add(Measures.LeadsLost, context.DayOf(lost),
                _dims.Set.Only(Dimensions.Party | Dimensions.Reason | Dimensions.Cause));
            if (IsDead(lost))
                sum.Add(Measures.LeadsDead, createdDay, party);
        }
        if (FirstContactAt is { } contact)
        {
            sum.AddDuration(Measures.FirstContactTime, createdDay, party, FoldContext.Milliseconds(created, contact));
        }
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var row = new FactRow(columns);
        row.Timestamp(CreatedAt);
        row.Text(LostAt is not null ? "lost" : ConvertedAt is not null ? "converted" : CreatedAt is null ? null : "open");
        row.Text(_status.Value);
        row.Timestamp(ConvertedAt);
        row.Timestamp(LostAt);
        row.Timestamp(FirstContactAt);
        row.Text(_customer.Value);
        row.Text(LostAt is { } lost && IsDead(lost) ? _dead.Value : null);
        row.Party(_dims.Set);
        row.Text(_dims[Dimensions.Reason]);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_firstEvent.IsSet && _inbound.Count == 0;

    /// <inheritdoc/>
    public override int ApproximateBytes =>
        320 + _dims.ApproximateBytes + _points.Capacity * 24 + _inbound.Count * 160 + (_convertedDeals?.Count ?? 0) * 80
        + _quality.ApproximateBytes;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        _firstEvent.Write(writer);
        _created.Write(writer);
        _converted.Write(writer);
        _firstContact.Write(writer);
        _dims.Write(writer);
        writer.Attribute(_status);
        writer.Attribute(_customer);
        writer.Attribute(_dead);
        writer.Count(_points.Count);
        foreach (var point in _points)
        {
            writer.Stamp(point.Time, point.Sequence);
            writer.Flag(point.IsLoss);
        }
        writer.Count(_convertedDeals?.Count ?? 0);
        foreach (var deal in _convertedDeals ?? NoDeals)
            writer.Text(deal);
        _quality.Write(writer);
        _inbound.Write(writer);
        return writer.End();
    }

    internal static Lead Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var lead = new Lead(key)
        {
            _firstEvent = Earliest.Read(ref reader),
            _created = Earliest.Read(ref reader),
            _converted = Earliest.Read(ref reader),
            _firstContact = Earliest.Read(ref reader),
            _dims = DimensionValues.Read(ref reader),
            _status = reader.TextAttribute(isShared: true),
            _customer = reader.TextAttribute(),
            _dead = reader.TextAttribute(isShared: true),
        };
        var points = reader.Count();
        lead._points = new List<StatusPoint>(points);
        for (; points > 0; points--)
        {
            var (time, sequence) = reader.Stamp();
            lead._points.Add(new StatusPoint(time, sequence, reader.Flag()));
        }
        for (var deals = reader.Count(); deals > 0; deals--)
            (lead._convertedDeals ??= new(StringComparer.Ordinal)).Add(reader.Text()!);
        lead._quality = RecordQuality.Read(ref reader);
        lead._inbound = Inbound.Read(ref reader);
        reader.End();
        return lead;
    }

    private long? ConvertedAt
    {
        get
        {
            var earliest = _converted;
            foreach (var (sender, link) in _inbound)
                if (sender.Kind == EntityKind.Deal && link.At is { } won)
                    earliest.Add(won);
            return earliest.Time;
        }
    }

    private long? LostAt
    {
        get
        {
            long? lost = null;
            for (var i = _points.Count - 1; i >= 0 && _points[i].IsLoss; i--)
                lost = _points[i].Time;
            return lost;
        }
    }

    private bool IsDead(long lost) => _dead.IsSet && _dead.Time >= lost;

    private long? FirstContactAt
    {
        get
        {
            var earliest = _firstContact;
            foreach (var (sender, link) in _inbound)
                if (sender.Kind is EntityKind.Inquiry or EntityKind.Call && link.At is { } answered)
                    earliest.Add(answered);
            return earliest.Time;
        }
    }

    // A source or campaign of its own goes before those of the utm parameters of the same event.
    private bool ApplyUtm(in JsonFields fields, in LogEvent e)
    {
        var nested = fields.Nested("utm"u8);
        if (nested.IsEmpty)
            return false;
        var utm = new JsonFields(nested);
        var changed = false;
        if (!fields.Has("source"u8))
            changed |= _dims.Write(Dimensions.Source, utm.SharedText("source"u8), e);
        if (!fields.Has("campaign"u8))
            changed |= _dims.Write(Dimensions.Campaign, utm.SharedText("campaign"u8), e);
        return changed;
    }

    private bool ApplyConversion(in JsonFields fields, in LogEvent e)
    {
        var changed = SetText(ref _customer, "customer"u8, fields, e);
        var deal = fields.Text("deal"u8);
        if (deal is not null)
            changed |= (_convertedDeals ??= new(StringComparer.Ordinal)).Add(deal);
        if (deal is null || fields.Has("customer"u8))
            changed |= _converted.Add(e.TimeMicros);
        return changed;
    }

    private bool AddPoint(in LogEvent e, bool isLoss) =>
        Timeline.Insert(_points, new StatusPoint(e.TimeMicros, e.Sequence, isLoss));

    private static bool SetText(
        ref LastWriterWins<string> attribute, ReadOnlySpan<byte> name, in JsonFields fields, in LogEvent e) =>
        fields.Text(name) is { } text && attribute.Set(text, e.TimeMicros, e.Sequence);

    private readonly record struct StatusPoint(long Time, long Sequence, bool IsLoss) : ITimelinePoint
    {
        public int Rank => 0;
    }
}
