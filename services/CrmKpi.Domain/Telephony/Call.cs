using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Inquiries;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Telephony;

/// <summary>
/// A telephone call: the last record of its stream. WARNING: the event type and field names below, and the order in
/// <see cref="Serialize"/>, are a storage format.
/// <para>
/// An inbound call is an inquiry of the channel <c>call</c>, answered after it waited, unless it was missed; how long it
/// waited must be told, else it has no response time. A call that was not missed is a contact with the lead that it names. A
/// call that does not say whether it was missed was, when nobody talked.
/// </para>
/// </summary>
public sealed class Call(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 1;
    private const long MicrosPerSecond = 1_000_000;

    private LastWriterWins<Record> _record;
    private Inbound _inbound;

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        if (e.Type != "call.recorded")
            return false;
        var fields = new JsonFields(e.Data.Span);
        if (fields.Text("direction"u8) is not { } direction || fields.Integer("talkSeconds"u8) is not { } talk)
            return false;
        var record = new Record(direction == "inbound", fields.Flag("missed"u8) ?? talk == 0, talk,
            fields.Integer("waitSeconds"u8), fields.SharedText("manager"u8), fields.Text("lead"u8), fields.Text("deal"u8),
            fields.Text("customer"u8));
        return _record.Set(record, e.TimeMicros, e.Sequence);
    }

    /// <inheritdoc/>
    internal override bool Receive(EntityKey sender, Link? link) => _inbound.Receive(sender, link);

    /// <inheritdoc/>
    internal override void TellOthers(FoldContext context, List<(EntityKey Receiver, Link Link)> links)
    {
        if (_record.Value.Lead is { } lead)
            links.Add((new EntityKey(EntityKind.Lead, lead), new Link(IsDirect: true, ContactAt)));
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (_record is not { IsSet: true, Value: { IsInbound: true } record })
            return;
        var (day, party) = (context.DayOf(_record.Time), Dims.Only(Dimensions.Party));
        sum.Add(Measures.InquiriesReceived, day, party);
        if (record.IsMissed || record.WaitSeconds is not { } wait)
            return;
        sum.AddDuration(Measures.ResponseTime, day, party, wait * 1_000);
        var working = WorkingTime.Between(
            _record.Time, _record.Time + wait * MicrosPerSecond, context.Settings.Calendar, context.Days);
        sum.AddDuration(Measures.ResponseTimeWorking, day, party, FoldContext.Milliseconds(0, working));
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var record = _record.Value;
        var row = new FactRow(columns);
        row.Timestamp(_record.IsSet ? _record.Time : null);
        row.Text(!_record.IsSet ? null : record.IsInbound ? "inbound" : "outbound");
        row.Boolean(_record.IsSet ? record.IsMissed : null);
        row.BigInteger(_record.IsSet ? record.TalkSeconds : null);
        row.BigInteger(record.WaitSeconds);
        row.Text(record.Lead);
        row.Text(record.Deal);
        row.Text(record.Customer);
        row.Party(Dims);
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_record.IsSet && _inbound.Count == 0;

    /// <inheritdoc/>
    public override int ApproximateBytes => 320 + _inbound.Count * 240;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        writer.Attribute(_record, static (w, record) => record.Write(w));
        _inbound.Write(writer);
        return writer.End();
    }

    internal static Call Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var call = new Call(key);
        if (reader.Flag())
        {
            var (time, sequence) = reader.Stamp();
            call._record.Set(Record.Read(ref reader), time, sequence);
        }
        call._inbound = Inbound.Read(ref reader);
        reader.End();
        return call;
    }

    // When the two began to talk.
    private long? ContactAt => _record is { IsSet: true, Value: { IsMissed: false } record }
        ? _record.Time + (record.WaitSeconds ?? 0) * MicrosPerSecond : null;

    private DimensionSet Dims
    {
        get
        {
            var own = DimensionSet.Of((Dimensions.Manager, _record.Value.Manager),
                (Dimensions.Channel, _record.Value.IsInbound ? "call" : null));
            return _record.Value.Lead is { } lead
                ? own.FilledFrom(_inbound.From(new EntityKey(EntityKind.Lead, lead))?.Dims) : own;
        }
    }

    private readonly record struct Record(
        bool IsInbound, bool IsMissed, long TalkSeconds, long? WaitSeconds, string? Manager, string? Lead, string? Deal,
        string? Customer)
    {
        public void Write(StateWriter writer)
        {
            writer.Flag(IsInbound);
            writer.Flag(IsMissed);
            writer.Signed(TalkSeconds);
            writer.Optional(WaitSeconds);
            writer.Text(Manager);
            writer.Text(Lead);
            writer.Text(Deal);
            writer.Text(Customer);
        }

        public static Record Read(ref StateReader reader) => new(reader.Flag(), reader.Flag(), reader.Signed(),
            reader.Optional(), reader.Text(isShared: true), reader.Text(), reader.Text(), reader.Text());
    }
}
