using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Inquiries;

/// <summary>
/// An inquiry of somebody, and its first answer. WARNING: the event types and field names below, and the order in
/// <see cref="Serialize"/>, are a storage format.
/// <para>
/// It counts once <c>inquiry.received</c> is known, at the earliest of them. It is answered by the earliest
/// <c>inquiry.answered</c> that is not automated: a machine's receipt is no answer.
/// </para>
/// </summary>
public sealed class Inquiry(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 1;

    private Earliest _received;
    private Earliest _answered;
    private DimensionValues _dims;
    private LastWriterWins<string> _lead;
    private LastWriterWins<string> _deal;
    private LastWriterWins<string> _customer;
    private Inbound _inbound;

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        var fields = new JsonFields(e.Data.Span);
        var changed = false;
        switch (e.Type)
        {
            case "inquiry.received":
                changed |= _received.Add(e.TimeMicros) | _dims.Apply(fields, Dimensions.Party, e);
                if (fields.Text("lead"u8) is { } lead)
                    changed |= _lead.Set(lead, e.TimeMicros, e.Sequence);
                if (fields.Text("deal"u8) is { } deal)
                    changed |= _deal.Set(deal, e.TimeMicros, e.Sequence);
                if (fields.Text("customer"u8) is { } customer)
                    changed |= _customer.Set(customer, e.TimeMicros, e.Sequence);
                break;
            case "inquiry.answered" when fields.Flag("automated"u8) != true:
                changed |= _answered.Add(e.TimeMicros) | _dims.Apply(fields, Dimensions.Manager, e);
                break;
        }
        return changed;
    }

    /// <inheritdoc/>
    internal override bool Receive(EntityKey sender, Link? link) => _inbound.Receive(sender, link);

    /// <inheritdoc/>
    internal override void TellOthers(FoldContext context, List<(EntityKey Receiver, Link Link)> links)
    {
        if (_lead.IsSet)
            links.Add((new EntityKey(EntityKind.Lead, _lead.Value), new Link(IsDirect: true, _answered.Time)));
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (_received.Time is not { } received)
            return;
        var party = Dims.Only(Dimensions.Party);
        var day = context.DayOf(received);
        sum.Add(Measures.InquiriesReceived, day, party);
        if (_answered.Time is not { } answered)
            return;
        sum.AddDuration(Measures.ResponseTime, day, party, FoldContext.Milliseconds(received, answered));
        var working = WorkingTime.Between(received, answered, context.Settings.Calendar, context.Days);
        sum.AddDuration(Measures.ResponseTimeWorking, day, party, FoldContext.Milliseconds(0, working));
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var row = new FactRow(columns);
        row.Timestamp(_received.Time);
        row.Timestamp(_answered.Time);
        row.BigInteger(_received.Time is { } received && _answered.Time is { } answered
            ? FoldContext.Milliseconds(received, answered) : null);
        row.Text(_lead.Value);
        row.Text(_deal.Value);
        row.Text(_customer.Value);
        row.Party(Dims);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_received.IsSet && !_answered.IsSet && _inbound.Count == 0;

    /// <inheritdoc/>
    public override int ApproximateBytes => 320 + _dims.ApproximateBytes + _inbound.Count * 240;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        _received.Write(writer);
        _answered.Write(writer);
        _dims.Write(writer);
        writer.Attribute(_lead);
        writer.Attribute(_deal);
        writer.Attribute(_customer);
        _inbound.Write(writer);
        return writer.End();
    }

    internal static Inquiry Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var inquiry = new Inquiry(key)
        {
            _received = Earliest.Read(ref reader),
            _answered = Earliest.Read(ref reader),
            _dims = DimensionValues.Read(ref reader),
            _lead = reader.TextAttribute(),
            _deal = reader.TextAttribute(),
            _customer = reader.TextAttribute(),
            _inbound = Inbound.Read(ref reader),
        };
        reader.End();
        return inquiry;
    }

    private DimensionSet Dims => _lead.IsSet
        ? _dims.Set.FilledFrom(_inbound.From(new EntityKey(EntityKind.Lead, _lead.Value))?.Dims) : _dims.Set;
}
