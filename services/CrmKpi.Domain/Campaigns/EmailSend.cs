using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;

namespace CrmKpi.Domain.Campaigns;

/// <summary>
/// One message of a campaign to one recipient: part of the campaign's stream. WARNING: the event types and field names below,
/// and the order in <see cref="Serialize"/>, are a storage format.
/// <para>
/// However often it is sent, opened or clicked, it counts once, on the day on which it was first sent; where no one said that
/// it was sent, on the day of the first thing known of it. A click implies that it was opened, and whatever a recipient
/// did implies that it was delivered. An event without <c>message</c> is about the only message of its campaign.
/// </para>
/// </summary>
public sealed class EmailSend(EntityKey key) : EntityState(key)
{
    private const byte FormatVersion = 1;

    private Earliest _sent;
    private Earliest _first;
    private Step _steps;

    /// <summary>The entity that an event of a message belongs to; null when the event does not name a recipient.</summary>
    internal static EntityKey? KeyOf(in LogEvent e)
    {
        var fields = new JsonFields(e.Data.Span);
        return fields.Text("recipient"u8) is { Length: > 0 } recipient
            ? EntityKey.PartOf(EntityKind.EmailSend, e.Stream, fields.Text("message"u8) ?? "", recipient) : null;
    }

    /// <inheritdoc/>
    internal override bool Apply(FoldContext context, in LogEvent e)
    {
        var steps = _steps | e.Type switch
        {
            "email.delivered" => Step.Delivered,
            "email.opened" => Step.Opened,
            "email.clicked" => Step.Clicked,
            "email.unsubscribed" => Step.Unsubscribed,
            _ => Step.None,
        };
        var changed = steps != _steps;
        _steps = steps;
        changed |= _first.Add(e.TimeMicros);
        if (e.Type == "email.sent")
            changed |= _sent.Add(e.TimeMicros);
        return changed;
    }

    /// <inheritdoc/>
    internal override void Contribute(FoldContext context, ContributionList sum)
    {
        if (SentAt is not { } sent)
            return;
        var (day, dims) = (context.DayOf(sent), DimensionSet.Of((Dimensions.Campaign, Parts[0])));
        sum.Add(Measures.EmailsSent, day, dims);
        if (IsDelivered)
            sum.Add(Measures.EmailsDelivered, day, dims, Has(Step.Delivered) ? 1 : 0);
        if (IsOpened)
            sum.Add(Measures.EmailsOpened, day, dims);
        if (Has(Step.Clicked))
            sum.Add(Measures.EmailsClicked, day, dims);
        if (Has(Step.Unsubscribed))
            sum.Add(Measures.EmailsUnsubscribed, day, dims);
    }

    /// <inheritdoc/>
    public override void WriteFact(TenantSettings settings, Span<object?> columns)
    {
        var parts = Parts;
        var row = new FactRow(columns);
        row.Timestamp(SentAt);
        row.Text(parts[0]);
        row.Text(parts[1].Length > 0 ? parts[1] : null);
        row.Text(parts[2]);
        row.Boolean(IsDelivered);
        row.Boolean(IsOpened);
        row.Boolean(Has(Step.Clicked));
        row.Boolean(Has(Step.Unsubscribed));
        row.End();
    }

    /// <inheritdoc/>
    internal override bool IsEmpty => !_first.IsSet;

    /// <inheritdoc/>
    public override int ApproximateBytes => 140 + Key.Id.Length * 2;

    /// <inheritdoc/>
    public override byte[] Serialize()
    {
        var writer = StateWriter.Begin(FormatVersion);
        _sent.Write(writer);
        _first.Write(writer);
        writer.Byte((byte)_steps);
        return writer.End();
    }

    internal static EmailSend Read(EntityKey key, ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, FormatVersion);
        var email = new EmailSend(key)
        {
            _sent = Earliest.Read(ref reader),
            _first = Earliest.Read(ref reader),
            _steps = (Step)reader.Byte(),
        };
        reader.End();
        return email;
    }

    private long? SentAt => _sent.Time ?? _first.Time;

    private bool IsDelivered => _steps != Step.None;

    private bool IsOpened => Has(Step.Opened) || Has(Step.Clicked);

    private bool Has(Step step) => (_steps & step) != 0;

    // Campaign, message, recipient.
    private string[] Parts => Key.Id.Split(EntityKey.PartSeparator);

    /// <summary>What events told of a message. The numbers are a storage format.</summary>
    [Flags]
    private enum Step : byte
    {
        None = 0,
        Delivered = 1,
        Opened = 2,
        Clicked = 4,
        Unsubscribed = 8,
    }
}
